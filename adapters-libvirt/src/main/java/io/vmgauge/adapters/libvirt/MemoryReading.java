package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** An array of libvirt's virDomainMemoryStatStruct: a tag of four bytes, padding, a value of eight bytes, mostly in KiB. */
final class MemoryReading {
    static final int SIZE = 16;
    /** More tags than libvirt has. */
    static final int MOST = 16;

    // From libvirt/libvirt-domain.h.
    private static final int MAJOR_FAULTS = 2;
    private static final int FAULTS = 3;
    private static final int UNUSED = 4;
    private static final int TOTAL = 5;
    private static final int BALLOON = 6;
    private static final int RESIDENT = 7;
    private static final int USABLE = 8;
    private static final int LAST_UPDATE = 9;
    private static final int DISK_CACHES = 10;

    /** A guest is never late within this time, even if it reports every second. */
    private static final Duration ALWAYS_FRESH = Duration.ofSeconds(60);

    private static final long ABSENT = -1;

    /** By tag. */
    private final long[] values = new long[MOST];

    MemoryReading(byte[] bytes, int count) {
        Arrays.fill(values, ABSENT);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        for (int i = 0; i < count; i++) {
            int tag = buffer.getInt(i * SIZE);
            if (tag >= 0 && tag < MOST) {
                values[tag] = buffer.getLong(i * SIZE + 8);
            }
        }
    }

    /**
     * Absent if the hypervisor does not know what its process holds; the process of a running VM never holds nothing.
     *
     * @param hugePages what the process holds in huge pages; absent if that is unknown, or the VM has none
     */
    Optional<MemorySample> sample(Moment at, Definition definition, OptionalLong hugePages) {
        OptionalLong resident = kibibytes(RESIDENT);
        OptionalLong huge = definition.hugePages() ? huge(definition, hugePages) : OptionalLong.of(0);
        if (resident.orElse(0) <= 0 || huge.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MemorySample(
                at,
                resident.getAsLong(),
                within(kibibytes(BALLOON), definition.memoryBytes()),
                huge.getAsLong(),
                isFresh(at, definition.statsPeriod()) ? guest(definition.memoryBytes()) : Optional.empty()));
    }

    /** Where its process cannot be seen, it holds all that it may: libvirt takes huge pages when a VM starts. */
    private OptionalLong huge(Definition definition, OptionalLong held) {
        if (held.isPresent()) {
            return held;
        }
        OptionalLong balloon = within(kibibytes(BALLOON), definition.memoryBytes());
        return balloon.isPresent() ? balloon : definition.memoryBytes();
    }

    /** Absent unless all of it is possible: a guest that is caught in one lie is not believed the rest. */
    private Optional<GuestMemory> guest(OptionalLong given) {
        OptionalLong total = within(kibibytes(TOTAL), given);
        boolean possible = total.isPresent()
                && Stream.of(UNUSED, USABLE, DISK_CACHES)
                        .map(this::kibibytes)
                        .allMatch(part -> part.isEmpty() || part.getAsLong() <= total.getAsLong());
        return possible
                ? Optional.of(new GuestMemory(
                        total.getAsLong(),
                        kibibytes(UNUSED),
                        kibibytes(USABLE),
                        kibibytes(DISK_CACHES),
                        count(FAULTS),
                        count(MAJOR_FAULTS)))
                : Optional.empty();
    }

    /** No guest has more than the host gave it: what says otherwise, or cannot be compared, is no figure. */
    private static OptionalLong within(OptionalLong figure, OptionalLong given) {
        return figure.isPresent() && given.isPresent() && figure.getAsLong() <= given.getAsLong()
                ? figure
                : OptionalLong.empty();
    }

    /** The figures of a guest that fell silent stay where they were, so their age has to be looked at. */
    private boolean isFresh(Moment at, Duration period) {
        long lastUpdate = number(LAST_UPDATE).orElse(0);
        Duration allowed = period.multipliedBy(3);
        long oldest = Math.max(allowed.toSeconds(), ALWAYS_FRESH.toSeconds());
        return lastUpdate > 0 && Math.abs(at.wall().getEpochSecond() - lastUpdate) <= oldest;
    }

    private OptionalLong kibibytes(int tag) {
        OptionalLong value = count(tag);
        return value.isPresent() ? OptionalLong.of(value.getAsLong() * 1024) : value;
    }

    /** A guest can say what it likes: more than fits, or than a pod of a thousand could add up, is no number. */
    private OptionalLong count(int tag) {
        OptionalLong value = number(tag);
        return value.isPresent() && value.getAsLong() <= Long.MAX_VALUE / 1024 ? value : OptionalLong.empty();
    }

    private OptionalLong number(int tag) {
        return values[tag] < 0 ? OptionalLong.empty() : OptionalLong.of(values[tag]);
    }
}
