package io.vmgauge.ports.testkit;

/** A lab whose hypervisor as a whole can be made to fail. */
public interface OutageLab extends HypervisorLab {
    /** The hypervisor cannot be asked any more. */
    void breakDown();

    /** The hypervisor can be asked again. */
    void recover();

    /**
     * The hypervisor can be asked again, but it is a new one; this is instead of {@link #recover}. It knows the
     * definitions of the VMs and nothing else: all have ended, and it has forgotten how many starts there were.
     */
    void replace();
}
