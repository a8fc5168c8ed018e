package io.vmgauge.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Listens to the log, which is java.util.logging's here as in the agent. */
public final class LoggedWarnings {
    private LoggedWarnings() {}

    /** How many warnings and worse this class says meanwhile. */
    public static int of(Class<?> speaker, Runnable meanwhile) {
        AtomicInteger lines = new AtomicInteger();
        Handler ear = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                    lines.incrementAndGet();
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(speaker.getName());
        logger.addHandler(ear);
        try {
            meanwhile.run();
        } finally {
            logger.removeHandler(ear);
        }
        return lines.get();
    }
}
