package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Placement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What we need of a domain's XML.
 *
 * @param rejected why something in it could not be used, in one line
 * @param interfaces the host's names of its network interfaces, in order
 * @param ownDisks the guest's names of those disks that are the VM's own node-local files
 * @param images the files of those disks, in the same order; empty if one of them cannot be told
 * @param memoryBytes all that the host gave it; absent if that cannot be told
 * @param balloon whether it has a memory balloon, through which a guest reports
 * @param statsPeriod how often the guest reports its memory; zero if it does not
 */
record Definition(
        Placement placement,
        Optional<String> rejected,
        List<String> interfaces,
        List<String> ownDisks,
        List<DiskImage> images,
        OptionalLong memoryBytes,
        boolean hugePages,
        boolean balloon,
        Duration statsPeriod) {
    Definition {
        interfaces = List.copyOf(interfaces);
        ownDisks = List.copyOf(ownDisks);
        images = List.copyOf(images);
    }
}
