package io.vmgauge.adapters.grpc.mapping;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;

/** CRI's times, and the order in which values may be told: times grow, except on a host whose clock was set back. */
public final class Timestamps {
    /** A new value that is older than the last one by more than this comes from a host whose clock was set back. */
    private static final Duration SET_BACK = Duration.ofMinutes(10);

    private Timestamps() {}

    /**
     * Whether a value may be told after another.
     *
     * @param next the value's time
     * @param told the time of the value that was told last
     * @param seen the time of the newest sample that was looked at so far, if any
     */
    public static boolean follows(Instant next, Instant told, Optional<Instant> seen) {
        boolean moved = seen.isPresent() && next.isAfter(seen.get());
        return next.isAfter(told) || (moved && next.isBefore(told.minus(SET_BACK)));
    }

    /** Nanoseconds since 1970, as all of CRI's times. Never 0, which clients take for unset. */
    public static long nanos(Instant time) {
        return Math.max(1, ChronoUnit.NANOS.between(Instant.EPOCH, time));
    }

    /** The time that CRI gives in nanoseconds since 1970. */
    public static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }

    /**
     * The mean of some times; absent if there are none.
     *
     * @param places where the times are
     * @param time the time at a place, in nanoseconds since 1970
     */
    public static OptionalLong mean(List<Integer> places, IntToLongFunction time) {
        if (places.isEmpty()) {
            return OptionalLong.empty();
        }
        long first = time.applyAsLong(places.get(0));
        long sum = 0;
        for (int place : places) {
            sum += time.applyAsLong(place) - first;
        }
        return OptionalLong.of(first + Math.floorDiv(sum, places.size()));
    }
}
