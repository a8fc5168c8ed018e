/**
 * libvirt's domains as VMs: the ports ({@code LibvirtCatalog}, {@code LibvirtMeter}), how they are put together, and
 * what {@code vmgauge check} says of them. The packages below do not know this one.
 */
package io.vmgauge.adapters.libvirt;
