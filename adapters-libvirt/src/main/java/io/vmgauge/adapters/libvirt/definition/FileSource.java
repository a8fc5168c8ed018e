package io.vmgauge.adapters.libvirt.definition;

/**
 * An image that is a file.
 *
 * @param path libvirtd's; untrusted text
 * @param format how QEMU reads it, such as raw or qcow2
 */
public record FileSource(String path, String format) implements ImageSource {}
