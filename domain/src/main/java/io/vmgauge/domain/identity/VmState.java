package io.vmgauge.domain.identity;

/** What a VM is doing, as far as measuring it goes. */
public enum VmState {
    /** It has a process and its guest may run. */
    RUNNING,
    /** It has a process, and its guest is held. */
    PAUSED,
    /**
     * It does not run here yet: it starts up, or comes in by a live migration. Its process may be there, but does not
     * answer, so nobody asks it.
     */
    STARTING,
    /** It has no process: there is nothing to measure. */
    STOPPED;

    /** Whether there is a process to measure: such a VM is a running container. */
    public boolean isMeasured() {
        return this == RUNNING || this == PAUSED;
    }
}
