package io.vmgauge.adapters.grpc.overlay;

import com.google.common.math.LongMath;
import java.util.OptionalLong;

/**
 * A counter that never falls, though what it follows begins anew now and then: what had been counted stays. It stops at
 * the largest number that there is, for some counters are a guest's own account.
 */
final class MonotonicCounter {
    /**
     * What the next life of vmgauge has to know.
     *
     * @param baseline what is added to the counter that is followed; may be negative
     */
    public record Kept(long baseline, long counter) {
        static final Kept NOTHING = new Kept(0, 0);
    }

    private long baseline;
    private long counter;
    private boolean isOther;

    MonotonicCounter() {}

    MonotonicCounter(Kept kept) {
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

    /** What comes next is the counter of something else: it goes on from what was told, and only growth is added. */
    void beginAnew() {
        isOther = true;
    }

    long follow(long next) {
        if (isOther) {
            isOther = false;
            baseline = LongMath.saturatedAdd(baseline, LongMath.saturatedSubtract(counter, next));
        } else if (next < counter) {
            baseline = LongMath.saturatedAdd(baseline, counter);
        }
        counter = next;
        return LongMath.saturatedAdd(baseline, counter);
    }
}
