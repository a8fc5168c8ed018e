package io.vmgauge.adapters.libvirt;

import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.testkit.ReferenceSettings;

/** The section hypervisor.libvirt as it is shipped, with what a test wants otherwise. */
public final class ConfigSettings {
    private ConfigSettings() {}

    /** @param overrides lines of configuration, relative to the adapter's section */
    static Settings with(String... overrides) {
        return ReferenceSettings.of(LibvirtProvider.class, "hypervisor.libvirt", overrides);
    }

    public static LibvirtSettings parsed(String... overrides) {
        return LibvirtSettings.of(with(overrides));
    }
}
