package io.vmgauge.domain.sample;

import java.util.List;

/**
 * CPU time that a VM has used since its life began: its vCPUs and the hypervisor's own threads for it.
 *
 * @param usageNanos nanoseconds of one core, cumulative
 */
public record CpuSample(Moment takenAt, long usageNanos) implements Sample<CpuSample> {
    public CpuSample {
        if (usageNanos < 0) {
            throw new IllegalArgumentException("negative CPU time");
        }
    }

    @Override
    public boolean continues(CpuSample earlier) {
        return usageNanos >= earlier.usageNanos;
    }

    @Override
    public CpuSample meanOf(List<CpuSample> samples) {
        return new CpuSample(Mean.ofTimes(samples), Mean.of(samples, CpuSample::usageNanos));
    }
}
