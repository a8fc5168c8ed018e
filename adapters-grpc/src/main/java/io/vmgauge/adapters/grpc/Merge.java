package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The runtime's stats with a VM's numbers in them. Everything else stays: attributes, pressure, and whatever newer
 * versions of the protocol add.
 */
final class Merge {
    private Merge() {}

    static ContainerStats container(ContainerStats base, Usage vm) {
        ContainerStats numbers = UsageMapping.numbers(vm);
        ContainerStats.Builder merged = base.toBuilder();
        if (numbers.hasCpu()) {
            merged.getCpuBuilder().clearUsageNanoCores().mergeFrom(numbers.getCpu());
        }
        if (numbers.hasMemory()) {
            merged.getMemoryBuilder()
                    .clearAvailableBytes()
                    .clearPageFaults()
                    .clearMajorPageFaults()
                    .mergeFrom(numbers.getMemory());
        }
        // Only beside what the runtime counts: where that lies, its own fs_id says.
        if (base.hasWritableLayer() && numbers.hasWritableLayer()) {
            merged.getWritableLayerBuilder()
                    .setUsedBytes(value(base.getWritableLayer().getUsedBytes().getValue()
                            + numbers.getWritableLayer().getUsedBytes().getValue()));
        }
        return merged.build();
    }

    /**
     * The pod's totals: what the runtime says less what it said of the containers plus what is said of them now, and
     * never less than the containers together.
     *
     * @param before its containers as the runtime told them
     * @param after the same with the VMs' numbers
     */
    static void totals(LinuxPodSandboxStats.Builder pod, List<ContainerStats> before, List<ContainerStats> after) {
        List<CpuUsage> cpuBefore = before.stream().map(ContainerStats::getCpu).toList();
        List<CpuUsage> cpuAfter = after.stream().map(ContainerStats::getCpu).toList();
        if (after.stream().anyMatch(ContainerStats::hasCpu)) {
            CpuUsage.Builder cpu = pod.getCpuBuilder();
            Total<CpuUsage> total = new Total<>(cpu.build(), cpuBefore, cpuAfter);
            if (cpu.getTimestamp() == 0) {
                cpu.setTimestamp(cpuAfter.stream()
                        .mapToLong(CpuUsage::getTimestamp)
                        .max()
                        .orElse(0));
            }
            cpu.setUsageCoreNanoSeconds(value(total.of(CpuUsage::getUsageCoreNanoSeconds)));
            // A kubelet never computes a pod's rate by itself; but a part must not pass for the whole.
            if (total.isWhole(CpuUsage::hasUsageNanoCores)) {
                cpu.setUsageNanoCores(value(total.of(CpuUsage::getUsageNanoCores)));
            } else {
                cpu.clearUsageNanoCores();
            }
        }
        if (after.stream().anyMatch(ContainerStats::hasMemory)) {
            memory(
                    pod.getMemoryBuilder(),
                    before.stream().map(ContainerStats::getMemory).toList(),
                    after.stream().map(ContainerStats::getMemory).toList());
        }
    }

    private static void memory(MemoryUsage.Builder memory, List<MemoryUsage> before, List<MemoryUsage> after) {
        Total<MemoryUsage> total = new Total<>(memory.build(), before, after);
        if (memory.getTimestamp() == 0) {
            memory.setTimestamp(
                    after.stream().mapToLong(MemoryUsage::getTimestamp).max().orElse(0));
        }
        memory.setWorkingSetBytes(value(total.of(MemoryUsage::getWorkingSetBytes)))
                .setUsageBytes(value(total.of(MemoryUsage::getUsageBytes)))
                .setRssBytes(value(total.of(MemoryUsage::getRssBytes)));
    }

    /**
     * A VM's interfaces beside those of its pod, through which their traffic usually goes: so a pod's default interface
     * stays the pod's if it has one.
     */
    static void network(LinuxPodSandboxStats.Builder pod, NetworkUsage vm) {
        if (!pod.hasNetwork()) {
            pod.setNetwork(vm);
            return;
        }
        NetworkUsage.Builder network = pod.getNetworkBuilder();
        if (!network.hasDefaultInterface()) {
            network.setDefaultInterface(vm.getDefaultInterface());
        }
        vm.getInterfacesList().stream()
                .filter(one -> network.getInterfacesList().stream()
                        .noneMatch(other -> other.getName().equals(one.getName())))
                .forEach(network::addInterfaces);
    }

    private static UInt64Value value(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }

    private record Total<U>(U pod, List<U> before, List<U> after) {
        long of(Function<U, UInt64Value> field) {
            long together = sum(after, field);
            return Math.max(together, field.apply(pod).getValue() - sum(before, field) + together);
        }

        boolean isWhole(Predicate<U> isKnown) {
            return after.stream().allMatch(isKnown);
        }

        private static <U> long sum(List<U> all, Function<U, UInt64Value> field) {
            return all.stream().mapToLong(each -> field.apply(each).getValue()).sum();
        }
    }
}
