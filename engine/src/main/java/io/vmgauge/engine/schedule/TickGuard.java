package io.vmgauge.engine.schedule;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a timer thread alive. A tick may fail for want of a thread or of memory; without the guard no tick would follow. The
 * failure is logged once, until a tick succeeds.
 */
final class TickGuard {
    private static final Logger LOG = LoggerFactory.getLogger(TickGuard.class);

    private final String name;
    private boolean failed;

    /** @param name for log lines */
    TickGuard(String name) {
        this.name = name;
    }

    /** Runs one tick. */
    void run(Runnable tick) {
        try {
            tick.run();
            failed = false;
        } catch (RuntimeException | Error e) {
            if (!failed) {
                failed = true;
                LOG.error("{}: what is due cannot begin and is tried again", name, e);
            }
        }
    }
}
