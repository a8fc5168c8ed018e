package io.vmgauge.engine.schedule;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes all threads of the agent. They are daemons: a call that hangs for ever must not keep the process alive. */
public final class Threads implements ThreadFactory {
    private final String name;
    private final AtomicInteger started = new AtomicInteger();

    /** @param name what the threads are called, followed by a number */
    public Threads(String name) {
        this.name = name;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, name + "-" + started.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }
}
