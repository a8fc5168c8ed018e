import io.vmgauge.adapters.libvirt.LibvirtProvider;
import io.vmgauge.ports.spi.HypervisorProvider;
import org.jspecify.annotations.NullMarked;

/** Lists and measures libvirt's domains. Needs libvirt's client library (Debian: libvirt0) on a 64-bit machine. */
@NullMarked
module io.vmgauge.adapters.libvirt {
    requires com.sun.jna;
    requires io.vmgauge.linux;
    requires io.vmgauge.ports;
    requires java.xml;
    requires libvirt;
    requires org.slf4j;

    provides HypervisorProvider with
            LibvirtProvider;
}
