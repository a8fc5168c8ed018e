package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.VmId;

/** A lab that can have a VM come in from another hypervisor by a live migration. */
public interface MigrationLab extends HypervisorLab {
    /** A live migration of a VM to this hypervisor has begun, and goes on until {@link #arrive}. */
    VmId comeIn(String name);

    /** The migration ends well: the VM runs here. */
    void arrive(VmId vm);
}
