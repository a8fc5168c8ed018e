package io.vmgauge.ports.testkit;

import java.util.function.BooleanSupplier;

/** Waiting that cannot be interrupted, as calls of real adapters cannot. */
final class Waiting {
    private Waiting() {}

    /**
     * Waits on a monitor, which the caller holds, as long as the condition is true. A thread that was interrupted meanwhile
     * is interrupted when this returns.
     *
     * @param millis how often to look though nobody notifies; 0: never
     */
    static void onWhile(Object monitor, long millis, BooleanSupplier condition) {
        boolean interrupted = false;
        synchronized (monitor) {
            while (condition.getAsBoolean()) {
                try {
                    monitor.wait(millis);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
