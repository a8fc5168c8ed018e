package io.vmgauge.domain.sample;

/** What can be measured of a VM, each with its own interval and its own window. */
public enum Metric {
    CPU,
    MEMORY,
    NETWORK,
    DISK
}
