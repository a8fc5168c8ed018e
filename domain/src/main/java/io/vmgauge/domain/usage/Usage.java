package io.vmgauge.domain.usage;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * All metrics of one VM or one pod. What is not known, or was not asked for, is absent.
 */
public record Usage(
        Optional<CpuUsage> cpu,
        Optional<MemoryUsage> memory,
        Optional<NetworkUsage> network,
        Optional<DiskUsage> disk,
        Optional<BlockIoUsage> blockIo) {

    /** Of a VM whose block I/O is not known. */
    public Usage(
            Optional<CpuUsage> cpu,
            Optional<MemoryUsage> memory,
            Optional<NetworkUsage> network,
            Optional<DiskUsage> disk) {
        this(cpu, memory, network, disk, Optional.empty());
    }

    /**
     * A pod's usage: what its containers use together. A metric that one container lacks is absent, since a part must
     * not pass for the whole. Disks and block I/O are left out: they belong to containers.
     *
     * @param containers at least one
     */
    static Usage total(List<Usage> containers) {
        return new Usage(
                all(containers, Usage::cpu).map(CpuUsage::total),
                all(containers, Usage::memory).map(MemoryUsage::total),
                all(containers, Usage::network).map(NetworkUsage::total),
                Optional.empty());
    }

    private static <U> Optional<List<U>> all(List<Usage> containers, Function<Usage, Optional<U>> metric) {
        List<U> present =
                containers.stream().flatMap(u -> metric.apply(u).stream()).toList();
        return present.size() == containers.size() ? Optional.of(present) : Optional.empty();
    }

    /** Whether nothing at all is known. */
    public boolean isEmpty() {
        return cpu.isEmpty() && memory.isEmpty() && network.isEmpty() && disk.isEmpty() && blockIo.isEmpty();
    }
}
