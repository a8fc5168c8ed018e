package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.metering.Incarnations.SeenLife;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory that a domain's process holds: its resident set from {@code /proc/PID/stat} and its huge pages from
 * {@code /proc/PID/status}. The second file is read only for domains whose definition has huge pages.
 */
public final class KernelMemory {
    private final Definitions definitions;
    private final HugePages hugePages;
    private final Path proc;

    /**
     * Reads nothing yet.
     *
     * @param proc where the kernel tells of its processes
     */
    public KernelMemory(Definitions definitions, HugePages hugePages, Path proc) {
        this.definitions = definitions;
        this.hugePages = hugePages;
        this.proc = proc;
    }

    /** Absent if the process has ended, or if not all of it can be told. */
    Optional<MemorySample> sample(SeenLife one, Moment now) {
        OptionalLong resident = one.process().residentBytes(proc);
        OptionalLong huge = hasHugePages(one) ? hugePages.bytes(one.process()) : OptionalLong.of(0);
        return resident.orElse(0) <= 0 || huge.isEmpty()
                ? Optional.empty()
                : Optional.of(new MemorySample(now, resident.getAsLong(), huge.getAsLong()));
    }

    private boolean hasHugePages(SeenLife one) {
        return definitions
                .known(one.vm(), one.incarnation())
                .map(Definition::hugePages)
                .orElse(true);
    }
}
