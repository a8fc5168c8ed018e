package io.vmgauge.ports.spi;

/**
 * The entry to an adapter that reads disk images. Provide it as a service in the module descriptor and put the jar on the
 * module path; it can be chosen by {@code disk.source}. The adapter's settings are those below
 * {@code filesystems.<name>}.
 */
public interface FilesystemMeterProvider {
    /** What {@code disk.source} must be: a DNS label, unique among all providers, and neither auto nor block. */
    String name();

    /**
     * Sets the adapter up and removes what an earlier life of it left behind. Nothing is tried yet: what is missing is
     * told by {@link Filesystems#check} and by each reading.
     *
     * @throws SettingsException if a setting makes no sense
     */
    Filesystems open(Settings settings, Host host);
}
