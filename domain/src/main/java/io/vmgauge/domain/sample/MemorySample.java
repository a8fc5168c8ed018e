package io.vmgauge.domain.sample;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory of a VM.
 *
 * @param residentBytes host memory that the hypervisor's process holds, huge pages not counted
 * @param balloonBytes what the VM is allowed at present; absent if the hypervisor does not say
 * @param hugePageBytes host memory that it holds in huge pages; 0 if it has none
 * @param guest the guest's own figures; absent if the guest does not report or its report is old
 */
public record MemorySample(
        Moment takenAt, long residentBytes, OptionalLong balloonBytes, long hugePageBytes, Optional<GuestMemory> guest)
        implements Sample<MemorySample> {
    public MemorySample {
        if (residentBytes < 0 || hugePageBytes < 0) {
            throw new IllegalArgumentException("negative memory");
        }
    }

    @Override
    public Metric metric() {
        return Metric.MEMORY;
    }

    /** Memory itself has no history, but the guest's fault counters start anew when the guest reboots. */
    @Override
    public boolean continues(MemorySample earlier) {
        return guest.isEmpty() || earlier.guest.isEmpty() || guest.get().continues(earlier.guest.get());
    }

    @Override
    public MemorySample meanOf(List<MemorySample> samples) {
        List<GuestMemory> guests =
                samples.stream().flatMap(s -> s.guest().stream()).toList();
        return new MemorySample(
                Mean.ofTimes(samples),
                Mean.of(samples, MemorySample::residentBytes),
                Mean.ofPresent(samples, MemorySample::balloonBytes),
                Mean.of(samples, MemorySample::hugePageBytes),
                guests.size() == samples.size() ? Optional.of(GuestMemory.meanOf(guests)) : Optional.empty());
    }
}
