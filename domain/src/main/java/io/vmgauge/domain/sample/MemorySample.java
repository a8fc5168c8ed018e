package io.vmgauge.domain.sample;

import java.util.List;

/**
 * Memory of the host that a VM's process holds.
 *
 * @param residentBytes huge pages not counted
 * @param hugePageBytes what it holds in huge pages; 0 if it has none
 */
public record MemorySample(Moment takenAt, long residentBytes, long hugePageBytes) implements Sample<MemorySample> {
    public MemorySample {
        if (residentBytes < 0 || hugePageBytes < 0) {
            throw new IllegalArgumentException("negative memory");
        }
    }

    @Override
    public Metric metric() {
        return Metric.MEMORY;
    }

    /** Memory has no history. */
    @Override
    public boolean continues(MemorySample earlier) {
        return true;
    }

    @Override
    public MemorySample meanOf(List<MemorySample> samples) {
        return new MemorySample(
                Mean.ofTimes(samples),
                Mean.of(samples, MemorySample::residentBytes),
                Mean.of(samples, MemorySample::hugePageBytes));
    }
}
