package io.vmgauge.domain.sample;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a VM's monitor says of its memory, and the guest through it. A sample without both parts says that the monitor
 * answered and told neither, so that what earlier samples told does not hold any more.
 *
 * @param balloonBytes what the VM is allowed at present; absent if the hypervisor does not say
 * @param guest the guest's own figures; absent if the guest does not report or its report is old
 */
public record GuestMemorySample(Moment takenAt, OptionalLong balloonBytes, Optional<GuestMemory> guest)
        implements Sample<GuestMemorySample> {

    @Override
    public Metric metric() {
        return Metric.GUEST_MEMORY;
    }

    /** The guest's fault counters start anew when the guest reboots. */
    @Override
    public boolean continues(GuestMemorySample earlier) {
        return guest.isEmpty() || earlier.guest.isEmpty() || guest.get().continues(earlier.guest.get());
    }

    @Override
    public GuestMemorySample meanOf(List<GuestMemorySample> samples) {
        List<GuestMemory> guests =
                samples.stream().flatMap(s -> s.guest().stream()).toList();
        return new GuestMemorySample(
                Mean.ofTimes(samples),
                Mean.ofPresent(samples, GuestMemorySample::balloonBytes),
                guests.size() == samples.size() ? Optional.of(GuestMemory.meanOf(guests)) : Optional.empty());
    }
}
