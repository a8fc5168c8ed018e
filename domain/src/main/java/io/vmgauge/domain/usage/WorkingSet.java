package io.vmgauge.domain.usage;

/** Whose view of a VM's memory is served as its working set. */
public enum WorkingSet {
    /** Host memory that the VM holds: what a kubelet's evictions relieve. It rarely shrinks when the guest frees. */
    HOST,
    /** Memory that the guest cannot do without, where the guest reports it; else as HOST. */
    GUEST
}
