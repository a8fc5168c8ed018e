package io.vmgauge.engine.schedule;

/** What a thread does at a limit of processes. */
final class NoThread extends Thread {
    @Override
    public synchronized void start() {
        throw new OutOfMemoryError("unable to create native thread, as planted");
    }
}
