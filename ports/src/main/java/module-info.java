import org.jspecify.annotations.NullMarked;

/**
 * The doors of the hexagon, in domain types: what readers may ask (inbound), what hypervisors must answer (outbound),
 * and how adapters are found and set up (spi).
 */
@NullMarked
module io.vmgauge.ports {
    requires transitive io.vmgauge.domain;

    exports io.vmgauge.ports.inbound;
    exports io.vmgauge.ports.outbound;
    exports io.vmgauge.ports.spi;
}
