package io.vmgauge.adapters.libvirt.definition;

/**
 * An image that is no file on this host.
 *
 * @param what it is, such as "a block device"
 */
public record OtherSource(String what) implements ImageSource {}
