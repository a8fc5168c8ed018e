package io.vmgauge.ports.testkit;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** A clock that stands still until a test moves it. Any thread may ask and move it. */
public final class ManualTime implements TimeSource {
    private Moment now;

    /** Begins at an arbitrary moment. Its monotonic half wraps around soon, as a real one may. */
    public ManualTime() {
        this(new Moment(Instant.parse("2026-01-01T00:00:00Z"), Long.MAX_VALUE - 60_000_000_000L));
    }

    public ManualTime(Moment start) {
        this.now = start;
    }

    @Override
    public synchronized Moment now() {
        return now;
    }

    /** Time passes on both clocks. */
    public synchronized void advance(Duration duration) {
        now = new Moment(now.wall().plus(duration), now.nanos() + duration.toNanos());
    }

    /** Somebody sets the wall clock, forward or back; the monotonic clock does not notice. */
    public synchronized void stepWall(Duration step) {
        now = new Moment(now.wall().plus(step), now.nanos());
    }
}
