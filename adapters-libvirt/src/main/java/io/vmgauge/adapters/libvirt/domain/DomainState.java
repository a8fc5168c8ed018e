package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.domain.identity.VmState;

/** What libvirt's states mean for measuring (libvirt-domain.h: virDomainState and virDomainPausedReason). */
public final class DomainState {
    private static final int PAUSED = 3;
    private static final int SHUT_OFF = 5;
    private static final int CRASHED = 6;
    private static final int SUSPENDED_BY_GUEST = 7;

    private static final int PAUSED_FOR_MIGRATION = 2;
    private static final int PAUSED_WHILE_STARTING = 11;

    private DomainState() {}

    /**
     * What a domain does. A domain that is paused for a migration counts as starting, which is true on the host that it
     * moves to. On the host that it leaves, the caller knows that it has run.
     *
     * @param reason for the state; 0 if it is not known
     * @param id of the domain, negative if it has no process
     */
    public static VmState of(int state, int reason, int id) {
        if (id < 0 || state == SHUT_OFF || state == CRASHED) {
            return VmState.STOPPED;
        }
        if (state == PAUSED && (reason == PAUSED_FOR_MIGRATION || reason == PAUSED_WHILE_STARTING)) {
            return VmState.STARTING;
        }
        // The others are forms of running: without a state, running, blocked on something, about to shut down.
        return state == PAUSED || state == SUSPENDED_BY_GUEST ? VmState.PAUSED : VmState.RUNNING;
    }
}
