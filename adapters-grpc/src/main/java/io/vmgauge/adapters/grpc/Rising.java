package io.vmgauge.adapters.grpc;

import com.google.common.math.LongMath;
import java.util.OptionalLong;

/**
 * A counter that never falls, though what it follows begins anew now and then: what had been counted stays. It stops at
 * the largest number that there is, for some counters are a guest's own account.
 */
final class Rising {
    /** What the next life of vmgauge has to know. */
    record Kept(long baseline, long counter) {
        static final Kept NOTHING = new Kept(0, 0);
    }

    private long baseline;
    private long counter;

    Rising() {}

    Rising(Kept kept) {
        baseline = kept.baseline;
        counter = kept.counter;
    }

    Kept kept() {
        return new Kept(baseline, counter);
    }

    /** Absent if the next is, or is none. */
    OptionalLong follow(OptionalLong next) {
        return next.isPresent() && next.getAsLong() >= 0
                ? OptionalLong.of(follow(next.getAsLong()))
                : OptionalLong.empty();
    }

    long follow(long next) {
        if (next < counter) {
            baseline = LongMath.saturatedAdd(baseline, counter);
        }
        counter = next;
        return LongMath.saturatedAdd(baseline, counter);
    }
}
