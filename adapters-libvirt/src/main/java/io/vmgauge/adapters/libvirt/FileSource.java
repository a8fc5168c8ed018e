package io.vmgauge.adapters.libvirt;

/**
 * An image that is a file.
 *
 * @param path libvirtd's; untrusted text
 * @param format how QEMU reads it, such as raw or qcow2
 */
record FileSource(String path, String format) implements ImageSource {}
