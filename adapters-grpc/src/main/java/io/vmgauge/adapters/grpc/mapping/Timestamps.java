package io.vmgauge.adapters.grpc.mapping;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** In which order values may be told: their times grow, but for a host whose clock was set back. */
public final class Timestamps {
    /** What is so much older than what was told before, and yet new, is of a host whose clock was set back. */
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
}
