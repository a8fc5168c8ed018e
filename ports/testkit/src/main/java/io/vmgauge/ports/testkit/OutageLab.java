package io.vmgauge.ports.testkit;

/** A lab whose hypervisor as a whole can be made to fail. */
public interface OutageLab extends HypervisorLab {
    /** The hypervisor cannot be asked any more. */
    void breakDown();

    /** The hypervisor can be asked again. */
    void recover();
}
