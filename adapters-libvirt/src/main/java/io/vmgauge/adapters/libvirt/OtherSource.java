package io.vmgauge.adapters.libvirt;

/**
 * An image that is no file on this host.
 *
 * @param what it is, such as "a block device"
 */
record OtherSource(String what) implements ImageSource {}
