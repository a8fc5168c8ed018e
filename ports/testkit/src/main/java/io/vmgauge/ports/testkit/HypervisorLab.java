package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;

/**
 * A hypervisor to try an adapter on, real or fake. Each test of a contract opens a new lab and closes it.
 *
 * <p>Not every hypervisor can be made to fail. {@link StuckVmLab} and {@link OutageLab} are for those that can, and
 * {@link StuckVmContract} and {@link OutageContract} are their tests. So what a lab implements says what it can do, and
 * no test is ever skipped. An adapter keeps its ports' contracts when it passes all four, on one lab or on several. A
 * lab whose hypervisor is missing on the machine must fail.
 *
 * <p>Every method returns when the hypervisor's own tools see its effect.
 */
public interface HypervisorLab extends AutoCloseable {
    /** The adapter under test, the same at every call. VMs that are not the lab's own may be there too. */
    Hypervisor hypervisor();

    /** The clock that the adapter was given. */
    TimeSource time();

    /** Lets time pass on that clock. */
    void elapse(Duration duration);

    /**
     * Makes and starts a VM with all that can be measured: a processor, memory, a network interface with counters and a
     * disk of its own. Its definition says nothing of pods.
     *
     * @param name not used before in this lab; the lab may lengthen it
     */
    VmId add(String name);

    /** As {@link #add(String)}, but the definition says that it is this container of this pod. */
    VmId add(String name, Placement placement);

    /** As {@link #add(String)}, but what the definition says of pods is nonsense: the same for all such VMs. */
    VmId addNonsense(String name);

    /** As {@link #add(String)}, but the definition cannot be read, for example because it is too long. */
    VmId addUnreadable(String name);

    /**
     * As {@link #add(String)}, but without any block device. So it has no disk of its own and cannot tell {@code DISK};
     * of {@code BLOCK_IO} it tells that there is no device.
     */
    VmId addDiskless(String name);

    /** Ends a VM; its definition stays. */
    void stop(VmId vm);

    /** Starts a stopped VM. */
    void start(VmId vm);

    /** Pauses a running VM. */
    void pause(VmId vm);

    /** Lets a paused VM run on. */
    void resume(VmId vm);

    /** Removes a VM with its definition, running or not. */
    void remove(VmId vm);

    /** Removes all VMs that the lab made, releases all that is stuck, and closes the adapter. */
    @Override
    void close();
}
