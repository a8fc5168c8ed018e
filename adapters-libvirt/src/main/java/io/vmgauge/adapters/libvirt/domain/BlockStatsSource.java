package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What a VM's own process says of its images. Its answers may take for ever. */
public interface BlockStatsSource {
    /** Those of all images, those below others included, by their paths. Absent if the driver tells nothing in bulk. */
    Optional<Map<String, BlockStats>> blocks() throws VirtException;

    /** What one disk occupies by itself, in bytes; absent when it cannot be told. */
    OptionalLong disk(String device) throws VirtException;
}
