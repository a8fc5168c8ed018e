package io.vmgauge.adapters.grpc.counter;

import com.google.common.math.LongMath;
import java.util.OptionalLong;

/**
 * A counter that never falls, even if the counter that it follows begins anew: what was counted stays. It stops at the
 * largest long, since some counters are a guest's own and may be anything.
 */
final class MonotonicCounter {
    /**
     * What the next life of vmgauge has to know.
     *
     * @param baseline what is added to the counter that is followed; may be negative
     */
    public record Kept(long baseline, long counter) {
        public static final Kept NOTHING = new Kept(0, 0);
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

    /** Absent if the next value is absent or negative. */
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
