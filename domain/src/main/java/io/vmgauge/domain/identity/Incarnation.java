package io.vmgauge.domain.identity;

/**
 * One life of a VM, from its start to its stop: the hypervisor gives another number to every start. A guest that reboots
 * inside the same life keeps it. For libvirt it is the domain's integer id.
 */
public record Incarnation(long number) {}
