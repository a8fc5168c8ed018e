package io.vmgauge.adapters.virtdf;

import java.util.concurrent.Semaphore;

/** Bounds how many readings there are at once, and lets no new ones begin once it is closed. Thread-safe. */
final class Slots {
    private final int number;
    private final Semaphore free;
    private volatile boolean closed;

    Slots(int number) {
        this.number = number;
        // Fair, so that close gets its turn among those that wait.
        this.free = new Semaphore(number, true);
    }

    /** Waits for a free slot; cannot be interrupted. False if closed; otherwise {@link #release} must follow. */
    boolean acquire() {
        free.acquireUninterruptibly();
        boolean open = !closed;
        if (!open) {
            free.release();
        }
        return open;
    }

    void release() {
        free.release();
    }

    boolean isClosed() {
        return closed;
    }

    /** Returns when the last slot was released. */
    void close() {
        closed = true;
        free.acquireUninterruptibly(number);
        // Those that still wait get a slot and see that it is closed.
        free.release(number);
    }
}
