package io.vmgauge.app.logging;

import java.util.logging.ConsoleHandler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Java's own logging, but to the last line. The JVM closes the log as soon as it is told to end, while the agent is still
 * clearing away, so that nothing of that would ever be read. The console's log needs no closing: each line is written at
 * once. To be named by the system property {@code java.util.logging.manager}.
 */
public final class LogUntilEnd extends LogManager {
    /** To be called by Java. */
    public LogUntilEnd() {}

    /**
     * Prepares the log. Java would wait until the first line is logged, and prepares nothing any more once the JVM has been
     * told to end.
     */
    public static void begin() {
        Logger.getLogger("").getHandlers();
    }

    /** Not when the JVM ends; that is the one call that comes from a thread of Java's logging itself. */
    @Override
    public void reset() {
        if (!Thread.currentThread().getClass().getName().startsWith(LogManager.class.getName())) {
            super.reset();
        } else if (getLogger("").getHandlers().length == 0) {
            // It was told to end before the log was prepared.
            getLogger("").addHandler(new ConsoleHandler());
        }
    }
}
