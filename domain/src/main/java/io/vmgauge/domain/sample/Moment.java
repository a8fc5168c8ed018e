package io.vmgauge.domain.sample;

import java.time.Instant;

/**
 * A point in time on both clocks of the host: the wall clock, which readers understand but which may be set, and the
 * monotonic one, by which alone order and distance are judged.
 *
 * @param nanos as {@link System#nanoTime()}: only differences mean something, and they may wrap around
 */
public record Moment(Instant wall, long nanos) {
    public boolean isAfter(Moment other) {
        return nanosSince(other) > 0;
    }

    /** The monotonic distance in nanoseconds, negative if the other is later. */
    public long nanosSince(Moment earlier) {
        return nanos - earlier.nanos;
    }
}
