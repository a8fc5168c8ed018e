package io.vmgauge.domain.identity;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One virtual machine as a hypervisor lists it.
 *
 * @param name what its operator calls it; untrusted text, for messages only
 * @param incarnation its present life; of a VM that is not measured whatever the hypervisor says, it is not looked at
 * @param started when that life began; absent if nobody can tell. The same in every listing of one life
 * @param disks its own node-local disks, in the order of its definition: writable, not shared, no volume, no block
 *     device, nothing over a network
 */
public record Vm(
        VmId id,
        String name,
        Incarnation incarnation,
        Optional<Instant> started,
        VmState state,
        Placement placement,
        List<DiskImage> disks) {
    public Vm {
        disks = List.copyOf(disks);
    }
}
