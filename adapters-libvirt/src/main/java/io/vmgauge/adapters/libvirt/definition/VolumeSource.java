package io.vmgauge.adapters.libvirt.definition;

/**
 * An image that is a volume of one of libvirt's storage pools; what that is, only libvirt knows.
 *
 * @param pool its name; untrusted text
 * @param name the volume's in the pool; untrusted text
 * @param format how QEMU reads it, such as raw or qcow2
 */
public record VolumeSource(String pool, String name, String format) implements ImageSource {}
