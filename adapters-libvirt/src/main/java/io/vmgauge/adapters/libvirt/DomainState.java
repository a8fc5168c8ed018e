package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmState;

/** What libvirt's states mean for measuring. */
final class DomainState {
    private static final int PAUSED = 3;
    private static final int SHUT_OFF = 5;
    private static final int CRASHED = 6;
    private static final int SUSPENDED_BY_GUEST = 7;

    private DomainState() {}

    /** @param id of the domain, negative if it has no process */
    static VmState of(int state, int id) {
        if (id < 0 || state == SHUT_OFF || state == CRASHED) {
            return VmState.STOPPED;
        }
        // The others are forms of running: without a state, running, blocked on something, about to shut down.
        return state == PAUSED || state == SUSPENDED_BY_GUEST ? VmState.PAUSED : VmState.RUNNING;
    }
}
