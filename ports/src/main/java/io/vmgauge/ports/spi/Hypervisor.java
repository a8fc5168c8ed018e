package io.vmgauge.ports.spi;

import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import java.util.List;

/** A hypervisor that was set up. */
public interface Hypervisor extends AutoCloseable {
    /** Which one it is and where, for people, as the subject of a sentence: for example libvirt at qemu:///system. */
    String description();

    VmCatalog catalog();

    VmMeter meter();

    /**
     * What an operator should know before relying on the numbers, most important first: what is missing and how to get
     * it. For people; may take a second.
     *
     * @throws io.vmgauge.ports.outbound.HypervisorException if the hypervisor cannot be asked
     */
    List<Finding> check();

    /** Lets go of everything. Calls under way may end in any way; safe to call twice. */
    @Override
    void close();
}
