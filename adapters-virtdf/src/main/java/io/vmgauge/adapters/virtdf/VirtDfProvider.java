package io.vmgauge.adapters.virtdf;

import io.vmgauge.ports.spi.FilesystemMeterProvider;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Settings;

/** Reads disk images by virt-df. The section {@code filesystems.virt-df} lists the settings. */
public final class VirtDfProvider implements FilesystemMeterProvider {
    public VirtDfProvider() {}

    @Override
    public String name() {
        return "virt-df";
    }

    @Override
    public Filesystems open(Settings settings, Host host) {
        return new VirtDf(VirtDfSettings.of(settings), VirtDf.Surroundings.ofThisHost(), host);
    }
}
