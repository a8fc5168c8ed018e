package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * CPU time that a VM has used since its life began: its vCPUs and the hypervisor's own threads for it.
 *
 * @param usageNanos nanoseconds of one core, cumulative
 * @param stealNanos nanoseconds that its vCPUs, taken together, were ready to run and waited for a core of the host,
 *     which the guest's kernel calls steal; cumulative; absent if the hypervisor does not say
 */
public record CpuSample(Moment takenAt, long usageNanos, OptionalLong stealNanos) implements Sample<CpuSample> {
    public CpuSample {
        if (usageNanos < 0 || stealNanos.orElse(0) < 0) {
            throw new IllegalArgumentException("negative CPU time");
        }
    }

    /** Of a VM whose steal is not known. */
    public CpuSample(Moment takenAt, long usageNanos) {
        this(takenAt, usageNanos, OptionalLong.empty());
    }

    @Override
    public Metric metric() {
        return Metric.CPU;
    }

    @Override
    public boolean continues(CpuSample earlier) {
        return usageNanos >= earlier.usageNanos && !Counter.fell(earlier.stealNanos, stealNanos);
    }

    @Override
    public CpuSample meanOf(List<CpuSample> samples) {
        return new CpuSample(
                Mean.ofTimes(samples),
                Mean.of(samples, CpuSample::usageNanos),
                Mean.ofPresent(samples, CpuSample::stealNanos));
    }
}
