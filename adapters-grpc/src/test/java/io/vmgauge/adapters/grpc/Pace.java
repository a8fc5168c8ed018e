package io.vmgauge.adapters.grpc;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A steady pace of calls, each of which is due at a time of its own, however long the ones before took. */
final class Pace {
    private final long start = System.nanoTime();
    private final long nanos;

    Pace(int callsPerSecond) {
        this.nanos = TimeUnit.SECONDS.toNanos(1) / callsPerSecond;
    }

    /** Waits until a call is due; returns when that is, as {@link System#nanoTime} counts. */
    long await(int call) {
        long due = start + call * nanos;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
        return due;
    }
}
