package com.example.foreign;

import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.HypervisorProvider;
import io.vmgauge.ports.spi.Settings;

/** Found by its name, as {@code hypervisor.name}. */
public final class ForeignProvider implements HypervisorProvider {
    @Override
    public String name() {
        return "foreign";
    }

    @Override
    public Hypervisor open(Settings settings, Host host) {
        return new ForeignHypervisor(settings.text("pod"), host.time());
    }
}
