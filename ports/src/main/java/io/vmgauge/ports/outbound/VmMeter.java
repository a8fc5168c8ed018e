package io.vmgauge.ports.outbound;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import java.util.List;
import java.util.Set;

/**
 * How much VMs use. Any thread may ask, several at once.
 *
 * <p>Three ways of asking, because neither a stuck VM nor a stuck daemon may delay the others:
 * <ul>
 * <li>{@link #measureFromKernel} for what the host's kernel tells; it waits for nobody,
 * <li>{@link #measureAll} for what the hypervisor's management daemon tells without the VM's help,
 * <li>{@link #measure} for what the VM's own process has to answer.
 * </ul>
 *
 * <p>Samples carry the time before the call that took them. A metric that was not asked for, or that a VM cannot tell,
 * is left out: absent is never zero. CPU, network and block I/O counters never fall within one incarnation, unless a
 * device is replaced, or the adapter cannot know that another incarnation began: then a CPU counter that falls begins
 * another life. A VM without any block device tells {@link Metric#BLOCK_IO} as an empty list. One whose devices cannot
 * be told leaves it out.
 */
public interface VmMeter {
    /** The metrics that {@link #measureAll} can take. The same at every call. */
    Set<Metric> measuredTogether();

    /**
     * Measures the VMs whose process and counters this host's kernel shows, each once. The adapter learns who they are
     * when it lists or measures them otherwise, so a VM that has not been listed yet is left out. So is a VM whose
     * process has ended, and every metric of a VM that the kernel does not show. The counters are those of the other
     * ways. The call never waits for the hypervisor's management daemon or for a VM.
     *
     * <p>An adapter that sees no processes need not write this: then the kernel tells nothing.
     *
     * @param metrics any
     * @return those that could be measured so; the other ways tell of the rest
     */
    default List<Measurement.Measured> measureFromKernel(Set<Metric> metrics) {
        return List.of();
    }

    /**
     * Measures every VM that runs or is paused, each once, and no other. A call may block while the hypervisor's
     * management daemon does, but never because one VM is stuck.
     *
     * @param metrics some of {@link #measuredTogether}; others are left out of the answer
     * @throws HypervisorException if the hypervisor cannot be asked; the next call tries again
     */
    List<Measurement> measureAll(Set<Metric> metrics);

    /**
     * Measures one VM. The call may block for as long as this VM is stuck, without end if need be, and cannot be
     * interrupted; calls for other VMs do not wait for it. A VM that does not run here, or not yet, or is unknown, is
     * {@link Measurement.Gone}.
     *
     * @param metrics any
     * @throws HypervisorException if the hypervisor cannot be asked; the next call tries again
     */
    Measurement measure(VmId vm, Set<Metric> metrics);
}
