package io.vmgauge.engine.schedule;

import io.vmgauge.ports.log.OnceLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a timer thread alive. A tick may fail for want of a thread or of memory; without the guard no tick would follow. The
 * failure is logged once, until a tick succeeds.
 */
final class TickGuard {
    private static final Logger LOG = LoggerFactory.getLogger(TickGuard.class);

    private final String name;
    private final OnceLog<String> failures = new OnceLog<>();

    /** @param name for log lines */
    TickGuard(String name) {
        this.name = name;
    }

    /** Runs one tick. */
    void run(Runnable tick) {
        try {
            tick.run();
            failures.ends(name);
        } catch (RuntimeException | Error e) {
            if (failures.begins(name, "a tick failed")) {
                LOG.error("{}: what is due cannot begin and is tried again", name, e);
            }
        }
    }
}
