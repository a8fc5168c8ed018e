import io.vmgauge.adapters.virtdf.VirtDfProvider;
import io.vmgauge.ports.spi.FilesystemMeterProvider;
import org.jspecify.annotations.NullMarked;

/** Reads what the filesystems of VMs use by virt-df (Debian: guestfs-tools), which boots a small appliance each time. */
@NullMarked
module io.vmgauge.adapters.virtdf {
    requires io.vmgauge.ports;
    requires org.slf4j;

    provides FilesystemMeterProvider with
            VirtDfProvider;
}
