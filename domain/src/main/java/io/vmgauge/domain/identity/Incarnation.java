package io.vmgauge.domain.identity;

/**
 * One life of a VM, from its start to its stop: the hypervisor gives another number to every start, a larger one to a later
 * start as far as it can tell. A guest that reboots inside the same life keeps it, and so does a VM whose hypervisor's
 * management daemon is restarted.
 */
public record Incarnation(long number) {}
