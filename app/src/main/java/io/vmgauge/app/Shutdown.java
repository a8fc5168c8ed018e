package io.vmgauge.app;

import io.vmgauge.app.logging.LogUntilEnd;
import io.vmgauge.engine.schedule.Threads;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * Ends the agent when SIGTERM or Ctrl-C tells it to, whatever it does just then: it may serve, or still wait for a container
 * runtime. The main thread is interrupted, clears away what it has made, and returns. The process ends with 0: to be told to
 * end is no failure, though the JVM would report it as one.
 */
public final class Shutdown {
    /** Whoever told us to end waits five seconds. What is not cleared away by then, the kernel takes back. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Thread MAIN = Thread.currentThread();
    private static final CountDownLatch DONE = new CountDownLatch(1);
    private static volatile boolean told;

    private Shutdown() {}

    /** To be called once, on the main thread, before anything else. */
    public static void expect() {
        Runtime.getRuntime().addShutdownHook(new Threads("shutdown").newThread(Shutdown::run));
        LogUntilEnd.begin();
    }

    /** Whether the agent has been told to end. */
    public static boolean isTold() {
        return told;
    }

    /** The main thread has nothing more to do, and ends the process by itself if nobody has told it to. */
    public static void done() {
        DONE.countDown();
    }

    private static void run() {
        if (DONE.getCount() == 0) {
            return;
        }
        told = true;
        MAIN.interrupt();
        try {
            DONE.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LoggerFactory.getLogger(Shutdown.class).info("Ended");
        Runtime.getRuntime().halt(0);
    }
}
