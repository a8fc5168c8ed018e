package io.vmgauge.domain.sample;

/**
 * What one of a VM's disks takes.
 *
 * @param device the disk's name inside the VM, such as vda
 */
public record DeviceBytes(String device, long usedBytes) {}
