package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Moment;
import java.time.Instant;
import java.util.Random;

/**
 * A made-up life of one VM's CPU counter on a host whose wall clock may be set at any time: each call lets some time
 * pass and says what a meter would have seen.
 */
final class History {
    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    private static final long SECOND = 1_000_000_000L;

    private final Random random;
    private long nanos;
    private long wallOffset;
    private long usage;

    History(Random random) {
        this.random = random;
        // Monotonic clocks begin anywhere, also just before they wrap around.
        this.nanos = random.nextInt(4) == 0 ? Long.MAX_VALUE - random.nextInt(100) * SECOND : random.nextLong() >> 2;
        this.usage = random.nextBoolean() ? 0 : Math.abs(random.nextLong() >> 8);
        this.wallOffset = -nanos;
    }

    /** A sample after 1 ns to 20 s, in which up to four vCPUs may have been busy. */
    CpuSample next() {
        long passed = random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 1 + (long) (random.nextDouble() * 20 * SECOND);
        nanos += passed;
        usage += random.nextInt(4) == 0 ? 0 : (long) (random.nextDouble() * 4 * passed);
        return new CpuSample(now(), usage);
    }

    /** An answer to a question that was asked up to a minute ago, arriving only now. */
    CpuSample late() {
        long age = (long) (random.nextDouble() * 60 * SECOND);
        return new CpuSample(new Moment(now().wall().minusNanos(age), nanos - age), usage);
    }

    /** The VM starts anew: its counter begins below where it was. */
    CpuSample restarted() {
        usage = usage == 0 ? 0 : (long) (random.nextDouble() * Math.min(usage, SECOND));
        return next();
    }

    /** Somebody sets the wall clock by up to a day. */
    void stepClock() {
        wallOffset += (long) ((random.nextDouble() * 2 - 1) * 86_400 * SECOND);
    }

    Moment now() {
        return new Moment(START.plusNanos(nanos + wallOffset), nanos);
    }
}
