package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * A total of a pod: the runtime's, less what the runtime said of the containers, plus what is said of them now. It is
 * never less than the containers together. It uses no streams: they took an eighth of the overlay's time
 * (RelayBenchmark).
 *
 * @param pod the runtime's total
 * @param part what of a container is a part of the total
 * @param before the containers as the runtime told them
 * @param after the same as they are told now
 */
public record PodTotal<U>(
        U pod, Function<ContainerStats, U> part, List<ContainerStats> before, List<ContainerStats> after) {
    public long of(Function<U, UInt64Value> field) {
        long together = sum(after, field);
        return Math.max(together, field.apply(pod).getValue() - sum(before, field) + together);
    }

    private long sum(List<ContainerStats> all, Function<U, UInt64Value> field) {
        long sum = 0;
        for (ContainerStats each : all) {
            sum += field.apply(part.apply(each)).getValue();
        }
        return sum;
    }

    /**
     * The rate of a pod, computed as every total is. Absent if a container that has CPU time has no rate: a part must not
     * pass for the whole. A kubelet never computes the rate by itself.
     */
    static OptionalLong rate(CpuUsage pod, List<ContainerStats> before, List<ContainerStats> after) {
        for (ContainerStats container : after) {
            if (container.hasCpu() && !container.getCpu().hasUsageNanoCores()) {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(
                new PodTotal<>(pod, ContainerStats::getCpu, before, after).of(CpuUsage::getUsageNanoCores));
    }

    /** Replaces the CPU time in a message. Fields of newer versions of the protocol stay. */
    public static void replaceCpu(CpuUsage.Builder merged, CpuUsage now) {
        merged.clearUsageCoreNanoSeconds().clearUsageNanoCores().mergeFrom(now);
    }
}
