package io.vmgauge.ports.spi;

/**
 * Something worth knowing about the host, in one line each.
 *
 * @param level how bad it is
 * @param subject what it is about, for example a VM's name
 * @param what what was found
 * @param remedy what to do about it; empty if nothing needs doing
 */
public record Finding(Level level, String subject, String what, String remedy) {
    /** How bad a finding is. */
    public enum Level {
        /** All is well. */
        GOOD,
        /** Some numbers will be absent or weaker. */
        HINT,
        /** Something that was asked for will not work. */
        PROBLEM
    }
}
