package io.vmgauge.adapters.libvirt;

import java.util.OptionalLong;

/**
 * The CPU time of a domain through one of its lives, from the better of two sources: its cgroup, or where there is none
 * the process table. The two differ, so a series never mixes them. If the first fails for good, as it may when libvirtd is
 * restarted, the second goes on from where the first ended: some CPU time is lost, none is made up.
 */
final class CpuSeries {
    private boolean fromCgroup;
    private boolean told;
    private long last;
    private long offset;

    CpuSeries(boolean fromCgroup) {
        this.fromCgroup = fromCgroup;
    }

    /** A counter in nanoseconds. */
    interface Cgroup {
        long nanos() throws VirtException;
    }

    /** A counter in nanoseconds; absent if the domain does not run. */
    interface ProcessTable {
        OptionalLong nanos() throws VirtException;
    }

    synchronized OptionalLong read(Cgroup cgroup, ProcessTable processes) throws VirtException {
        if (fromCgroup) {
            try {
                return OptionalLong.of(tell(cgroup.nanos()));
            } catch (VirtException e) {
                if (e.isConnectionLost()) {
                    throw e;
                }
            }
        }
        OptionalLong nanos = processes.nanos();
        if (nanos.isEmpty()) {
            return nanos;
        }
        if (fromCgroup) {
            fromCgroup = false;
            offset = told ? last - nanos.getAsLong() : 0;
        }
        return OptionalLong.of(tell(nanos.getAsLong()));
    }

    private long tell(long nanos) {
        told = true;
        last = nanos + offset;
        return last;
    }
}
