package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.VmId;

/** A lab that can make a VM's own process stop answering, or answer with an error. */
public interface StuckVmLab extends HypervisorLab {
    /** From now on the VM answers nothing that its own process has to answer. It still counts as running. */
    void stick(VmId vm);

    /** The VM answers again, also what it was asked meanwhile. */
    void release(VmId vm);

    /** From now on a question for {@code DISK} of this VM is answered with an error. */
    void breakDisk(VmId vm);
}
