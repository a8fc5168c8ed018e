package io.vmgauge.adapters.grpc;

import com.google.common.math.LongMath;

/**
 * A counter that never falls, though what it follows begins anew now and then: what had been counted stays. It stops at
 * the largest number that there is, for some counters are a guest's own account.
 */
final class Rising {
    private long baseline;
    private long counter;

    long follow(long next) {
        if (next < counter) {
            baseline = LongMath.saturatedAdd(baseline, counter);
        }
        counter = next;
        return LongMath.saturatedAdd(baseline, counter);
    }
}
