package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.binding.EventLoop;
import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.HypervisorProvider;
import io.vmgauge.ports.spi.Settings;
import org.libvirt.LibvirtException;

/** libvirt's domains as VMs. The section {@code hypervisor.libvirt} of reference.conf lists the settings. */
public final class LibvirtProvider implements HypervisorProvider {
    public LibvirtProvider() {}

    @Override
    public String name() {
        return "libvirt";
    }

    @Override
    public Hypervisor open(Settings settings, Host host) {
        LibvirtSettings parsed = LibvirtSettings.of(settings);
        try {
            LibvirtNative.virGetLastErrorCode();
            EventLoop.start(host.threads());
        } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
            // The rest of JNA's message lists every place where it has looked.
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new HypervisorException(
                    "libvirt's client library cannot be loaded (" + SafeText.line(reason)
                            + "): install it with apt-get install libvirt0",
                    e);
        } catch (LibvirtException e) {
            throw new HypervisorException(
                    "libvirt's event loop does not start: " + SafeText.line(String.valueOf(e.getMessage())), e);
        }
        return new LibvirtHypervisor(parsed, host);
    }
}
