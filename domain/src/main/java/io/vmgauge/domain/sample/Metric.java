package io.vmgauge.domain.sample;

/** What can be measured of a VM, each with its own interval and its own window. */
public enum Metric {
    CPU,
    /** Memory of the host. */
    MEMORY,
    /** What the VM's monitor, and the guest through it, says of memory. It is served and taken with {@link #MEMORY}. */
    GUEST_MEMORY,
    NETWORK,
    /** What the VM's own disks take. */
    DISK,
    /** What the VM's block devices read and write. */
    BLOCK_IO
}
