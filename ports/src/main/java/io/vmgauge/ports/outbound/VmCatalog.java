package io.vmgauge.ports.outbound;

import io.vmgauge.domain.identity.Vm;
import java.util.List;

/**
 * Which VMs there are. Any thread may ask, several at once; a call may block while the hypervisor's management daemon
 * does, but never because one VM is stuck.
 */
public interface VmCatalog {
    /**
     * All VMs of all states, each once, with the placement and the own disks that their definition says.
     *
     * <p>Every call sees the present: a VM that was started, stopped, made or removed before the call is listed as it
     * is now. A VM that is restarted has another incarnation, also if the hypervisor's management daemon was replaced
     * meanwhile, as far as the adapter can know; one that runs on through a restart of the daemon has the same. When a
     * life began is told where the adapter can know it, then at every call alike, and never for a VM that does not run
     * here. A VM that comes in by a live migration is starting until it runs here; one that goes out runs until it is
     * gone. A VM whose definition cannot be read, or claims nonsense, is listed with a fallback placement; it never
     * hides another. VMs whose definitions name no pod are different pods: neither their ids nor their names are the
     * same.
     *
     * @throws HypervisorException if the hypervisor cannot be asked; the next call tries again
     */
    List<Vm> list();
}
