package io.vmgauge.adapters.libvirt.metering;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Counts the warnings of a class, whose log is java.util.logging's here as in the agent, until it is closed. */
final class LoggedWarnings extends Handler implements AutoCloseable {
    private final Logger logger;
    private int lines;

    LoggedWarnings(Class<?> speaker) {
        logger = Logger.getLogger(speaker.getName());
        logger.addHandler(this);
    }

    int lines() {
        return lines;
    }

    @Override
    public void publish(LogRecord line) {
        lines += line.getLevel().intValue() >= Level.WARNING.intValue() ? 1 : 0;
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
