package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.FilesystemUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.DiskUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Domain to CRI: what containers and pods use. Attributes, metadata and linux are never absent: kubelets crash without
 * them. Everything unknown is absent: kubelets believe a 0.
 */
public final class UsageMapping {
    private UsageMapping() {}

    public static ContainerStats stats(ContainerUsage usage) {
        return numbers(usage.usage()).toBuilder()
                .setAttributes(attributes(usage.placement()))
                .build();
    }

    /** The stats without the attributes. */
    public static ContainerStats numbers(Usage usage) {
        ContainerStats.Builder stats = ContainerStats.newBuilder();
        usage.cpu().ifPresent(cpu -> stats.setCpu(cpu(cpu)));
        usage.memory().ifPresent(memory -> stats.setMemory(memory(memory)));
        usage.disk().ifPresent(disk -> stats.setWritableLayer(disk(disk)));
        return stats.build();
    }

    /** CRI to domain: the CPU time in these stats, if they have it. */
    public static Optional<CpuUsage> cpu(ContainerStats stats) {
        return Optional.of(stats.getCpu())
                .filter(cpu -> cpu.hasUsageCoreNanoSeconds())
                .map(cpu -> new CpuUsage(
                        Timestamps.instant(cpu.getTimestamp()),
                        cpu.getUsageCoreNanoSeconds().getValue(),
                        cpu.hasUsageNanoCores()
                                ? OptionalLong.of(cpu.getUsageNanoCores().getValue())
                                : OptionalLong.empty()));
    }

    public static ContainerAttributes attributes(Placement placement) {
        return ContainerAttributes.newBuilder()
                .setId(placement.container().value())
                .setMetadata(InventoryMapping.metadata(placement))
                .putAllLabels(placement.labels())
                .putAllAnnotations(placement.annotations())
                .build();
    }

    public static PodSandboxStats stats(SandboxUsage usage, SandboxTotals totals) {
        LinuxPodSandboxStats.Builder linux = total(totals.of(usage)).toBuilder();
        usage.containers().forEach(container -> linux.addContainers(stats(container)));
        return PodSandboxStats.newBuilder()
                .setAttributes(attributes(usage.sandbox()))
                .setLinux(linux)
                .build();
    }

    /** A pod as a whole, without its containers. */
    public static LinuxPodSandboxStats total(Usage total) {
        LinuxPodSandboxStats.Builder linux = LinuxPodSandboxStats.newBuilder();
        total.cpu().ifPresent(cpu -> linux.setCpu(cpu(cpu)));
        total.memory().ifPresent(memory -> linux.setMemory(memory(memory)));
        network(total).ifPresent(linux::setNetwork);
        return linux.build();
    }

    /** The network of a usage. Absent also if there are no interfaces: a network message must name a default one. */
    public static Optional<io.vmgauge.adapters.grpc.cri.NetworkUsage> network(Usage usage) {
        return usage.network()
                .filter(network -> !network.interfaces().isEmpty())
                .map(UsageMapping::network);
    }

    public static PodSandboxAttributes attributes(PodSandbox sandbox) {
        return PodSandboxAttributes.newBuilder()
                .setId(sandbox.id().value())
                .setMetadata(InventoryMapping.metadata(sandbox))
                .putAllLabels(sandbox.labels())
                .putAllAnnotations(sandbox.annotations())
                .build();
    }

    private static io.vmgauge.adapters.grpc.cri.CpuUsage cpu(CpuUsage cpu) {
        io.vmgauge.adapters.grpc.cri.CpuUsage.Builder usage = io.vmgauge.adapters.grpc.cri.CpuUsage.newBuilder()
                .setTimestamp(Timestamps.nanos(cpu.timestamp()))
                .setUsageCoreNanoSeconds(value(cpu.usageNanos()));
        cpu.nanoCores().ifPresent(rate -> usage.setUsageNanoCores(value(rate)));
        return usage.build();
    }

    private static io.vmgauge.adapters.grpc.cri.MemoryUsage memory(MemoryUsage memory) {
        io.vmgauge.adapters.grpc.cri.MemoryUsage.Builder usage = io.vmgauge.adapters.grpc.cri.MemoryUsage.newBuilder()
                .setTimestamp(Timestamps.nanos(memory.timestamp()))
                .setWorkingSetBytes(value(memory.workingSetBytes()))
                .setUsageBytes(value(memory.usageBytes()))
                .setRssBytes(value(memory.residentBytes()));
        memory.availableBytes().ifPresent(bytes -> usage.setAvailableBytes(value(bytes)));
        memory.pageFaults().ifPresent(faults -> usage.setPageFaults(value(faults)));
        memory.majorPageFaults().ifPresent(faults -> usage.setMajorPageFaults(value(faults)));
        return usage.build();
    }

    /** Has no filesystem id: kubelets look its mountpoint up, and fail for the whole node if they cannot. */
    private static FilesystemUsage disk(DiskUsage disk) {
        return FilesystemUsage.newBuilder()
                .setTimestamp(Timestamps.nanos(disk.timestamp()))
                .setUsedBytes(value(disk.usedBytes()))
                .build();
    }

    /** @param network with at least one interface, of which the first is the default, as in the VM's definition */
    private static io.vmgauge.adapters.grpc.cri.NetworkUsage network(NetworkUsage network) {
        io.vmgauge.adapters.grpc.cri.NetworkUsage.Builder usage = io.vmgauge.adapters.grpc.cri.NetworkUsage.newBuilder()
                .setTimestamp(Timestamps.nanos(network.timestamp()))
                .setDefaultInterface(networkInterface(network.interfaces().get(0)));
        network.interfaces().forEach(each -> usage.addInterfaces(networkInterface(each)));
        return usage.build();
    }

    private static NetworkInterfaceUsage networkInterface(InterfaceCounters counters) {
        NetworkInterfaceUsage.Builder usage = NetworkInterfaceUsage.newBuilder()
                .setName(counters.name())
                .setRxBytes(value(counters.received().bytes()))
                .setTxBytes(value(counters.sent().bytes()));
        counters.received().errors().ifPresent(errors -> usage.setRxErrors(value(errors)));
        counters.sent().errors().ifPresent(errors -> usage.setTxErrors(value(errors)));
        return usage.build();
    }

    /** A number that is known, as CRI wraps it. */
    public static UInt64Value value(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }
}
