package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.domain.MemoryStats;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What libvirt's memory statistics mean: which of them are believed, and when. */
final class MemoryReading {
    /** A guest is never late within this time, even if it reports every second. */
    private static final Duration ALWAYS_FRESH = Duration.ofSeconds(60);

    private final Moment asked;
    private final MemoryStats stats;

    MemoryReading(Moment asked, MemoryStats stats) {
        this.asked = asked;
        this.stats = stats;
    }

    /** When libvirt was asked. */
    Moment asked() {
        return asked;
    }

    /**
     * Memory of the host; absent if the resident set is unknown or zero, which no running VM has.
     *
     * @param hugePages what the process holds in huge pages; absent if that is unknown, or the VM has none
     */
    Optional<MemorySample> ofHost(Definition definition, OptionalLong hugePages) {
        OptionalLong resident = kibibytes(MemoryStats.RESIDENT);
        OptionalLong huge = definition.hugePages() ? huge(definition, hugePages) : OptionalLong.of(0);
        return resident.orElse(0) <= 0 || huge.isEmpty()
                ? Optional.empty()
                : Optional.of(new MemorySample(asked, resident.getAsLong(), huge.getAsLong()));
    }

    /** What the guest and its balloon tell. Without a definition nothing of that can be believed. */
    GuestMemorySample ofGuest(Definition definition) {
        return new GuestMemorySample(
                asked,
                within(kibibytes(MemoryStats.BALLOON), definition.memoryBytes()),
                isFresh(definition.statsPeriod()) ? guest(definition.memoryBytes()) : Optional.empty());
    }

    /**
     * If its process cannot be seen, it counts as holding all that it may: libvirt takes huge pages when a VM starts.
     */
    private OptionalLong huge(Definition definition, OptionalLong held) {
        if (held.isPresent()) {
            return held;
        }
        OptionalLong balloon = within(kibibytes(MemoryStats.BALLOON), definition.memoryBytes());
        return balloon.isPresent() ? balloon : definition.memoryBytes();
    }

    /** Absent unless all of it is possible: if one figure of a guest is false, none is believed. */
    private Optional<GuestMemory> guest(OptionalLong given) {
        OptionalLong total = within(kibibytes(MemoryStats.TOTAL), given);
        boolean possible = total.isPresent()
                && Stream.of(MemoryStats.UNUSED, MemoryStats.USABLE, MemoryStats.DISK_CACHES)
                        .map(this::kibibytes)
                        .allMatch(part -> part.isEmpty() || part.getAsLong() <= total.getAsLong());
        return possible
                ? Optional.of(new GuestMemory(
                        total.getAsLong(),
                        kibibytes(MemoryStats.UNUSED),
                        kibibytes(MemoryStats.USABLE),
                        kibibytes(MemoryStats.DISK_CACHES),
                        count(MemoryStats.FAULTS),
                        count(MemoryStats.MAJOR_FAULTS)))
                : Optional.empty();
    }

    /** No guest has more than the host gave it. A larger figure, or one that cannot be compared, is dropped. */
    private static OptionalLong within(OptionalLong figure, OptionalLong given) {
        return figure.isPresent() && given.isPresent() && figure.getAsLong() <= given.getAsLong()
                ? figure
                : OptionalLong.empty();
    }

    /** The figures of a guest that fell silent do not change any more, so their age is checked. */
    private boolean isFresh(Duration period) {
        long lastUpdate = stats.number(MemoryStats.LAST_UPDATE).orElse(0);
        Duration allowed = period.multipliedBy(3);
        long oldest = Math.max(allowed.toSeconds(), ALWAYS_FRESH.toSeconds());
        return lastUpdate > 0 && Math.abs(asked.wall().getEpochSecond() - lastUpdate) <= oldest;
    }

    private OptionalLong kibibytes(int tag) {
        OptionalLong value = count(tag);
        return value.isPresent() ? OptionalLong.of(value.getAsLong() * 1024) : value;
    }

    /** A guest may report anything. A number is dropped if the sum of a thousand such could not be held. */
    private OptionalLong count(int tag) {
        OptionalLong value = stats.number(tag);
        return value.isPresent() && value.getAsLong() <= Long.MAX_VALUE / 1024 ? value : OptionalLong.empty();
    }
}
