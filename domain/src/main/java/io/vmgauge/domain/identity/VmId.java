package io.vmgauge.domain.identity;

/**
 * The hypervisor's own name for a VM that never changes, however often the VM is renamed or restarted: for libvirt the
 * domain's UUID.
 *
 * @param value not blank, at most {@value Ids#LONGEST} printable ASCII characters without spaces
 */
public record VmId(String value) {
    public VmId {
        Ids.require(value, "VM id");
    }

    @Override
    public String toString() {
        return value;
    }
}
