package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.CpuSample;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * CPU as it is served.
 *
 * @param usageNanos core nanoseconds since the VM's life began; never falls within one life
 * @param nanoCores billionths of one core in use on average since the answer before; absent until two samples
 * @param stealNanos nanoseconds since the VM's life began that its vCPUs waited for a core of the host; never falls within
 *     one life; absent if the hypervisor does not say, and of a pod
 */
public record CpuUsage(Instant timestamp, long usageNanos, OptionalLong nanoCores, OptionalLong stealNanos) {

    /** Of a VM whose steal is not known. */
    public CpuUsage(Instant timestamp, long usageNanos, OptionalLong nanoCores) {
        this(timestamp, usageNanos, nanoCores, OptionalLong.empty());
    }

    static CpuUsage of(Answer<CpuSample> answer) {
        return new CpuUsage(
                answer.timestamp(),
                answer.mean().usageNanos(),
                rate(answer),
                answer.mean().stealNanos());
    }

    private static OptionalLong rate(Answer<CpuSample> answer) {
        if (answer.since().isEmpty()) {
            return OptionalLong.empty();
        }
        CpuSample since = answer.since().get();
        double used = answer.newest().usageNanos() - since.usageNanos();
        return OptionalLong.of(Math.round(used * 1e9 / answer.newest().takenAt().nanosSince(since.takenAt())));
    }

    static CpuUsage total(List<CpuUsage> all) {
        return new CpuUsage(
                Total.timestamp(all, CpuUsage::timestamp),
                Total.of(all, CpuUsage::usageNanos),
                Total.ofPresent(all, CpuUsage::nanoCores));
    }
}
