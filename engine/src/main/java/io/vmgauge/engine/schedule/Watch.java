package io.vmgauge.engine.schedule;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one look after another, for a thread that keeps the time: should a look fail, for want of a thread or of memory,
 * nobody would come after it. That is said once, until a look succeeds.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private final String name;
    private boolean failed;

    /** @param name for log lines */
    Watch(String name) {
        this.name = name;
    }

    void look(Runnable look) {
        try {
            look.run();
            failed = false;
        } catch (RuntimeException | Error e) {
            if (!failed) {
                failed = true;
                LOG.error("{}: what is due cannot begin and is tried again", name, e);
            }
        }
    }
}
