package io.vmgauge.adapters.virtdf;

import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.util.List;

/** The section filesystems.virt-df as it is shipped, with what a test wants otherwise. */
final class ConfigSettings {
    private ConfigSettings() {}

    /** @param overrides lines of configuration, relative to the adapter's section */
    static Settings with(List<String> overrides) {
        return ReferenceSettings.of(VirtDfProvider.class, "filesystems.virt-df", overrides.toArray(String[]::new));
    }
}
