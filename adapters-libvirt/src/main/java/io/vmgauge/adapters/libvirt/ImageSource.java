package io.vmgauge.adapters.libvirt;

/** Where an image lies, in the words of a definition. */
sealed interface ImageSource {
    /**
     * A file.
     *
     * @param path libvirtd's; untrusted text
     * @param format how QEMU reads it, such as raw or qcow2
     */
    record File(String path, String format) implements ImageSource {}

    /**
     * A volume of one of libvirt's storage pools; what that is, only libvirt knows.
     *
     * @param pool its name; untrusted text
     * @param name the volume's in the pool; untrusted text
     */
    record Volume(String pool, String name, String format) implements ImageSource {}

    /**
     * No file on this host.
     *
     * @param what it is, such as "a block device"
     */
    record Elsewhere(String what) implements ImageSource {}
}
