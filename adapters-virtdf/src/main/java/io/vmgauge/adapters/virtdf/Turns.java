package io.vmgauge.adapters.virtdf;

/** So many readings at once, and no new ones after the end. */
final class Turns {
    private final int number;
    private int free;
    private boolean ended;

    Turns(int number) {
        this.number = number;
        this.free = number;
    }

    /** Waits; not to be interrupted. False if there are no turns any more; otherwise {@link #giveBack} must follow. */
    synchronized boolean take() {
        boolean interrupted = false;
        while (free == 0 && !ended) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (ended) {
            return false;
        }
        free--;
        return true;
    }

    synchronized void giveBack() {
        free++;
        notifyAll();
    }

    synchronized boolean haveEnded() {
        return ended;
    }

    /** Returns when the last turn was given back. */
    synchronized void end() {
        ended = true;
        notifyAll();
        boolean interrupted = false;
        while (free < number) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
