import org.jspecify.annotations.NullMarked;

/**
 * The doors of the hexagon, in domain types: what readers may ask (inbound), what hypervisors must answer (outbound), how
 * adapters are found and set up (spi), and when all of them write to the log (log).
 */
@NullMarked
module io.vmgauge.ports {
    requires transitive io.vmgauge.domain;

    exports io.vmgauge.ports.inbound;
    exports io.vmgauge.ports.log;
    exports io.vmgauge.ports.outbound;
    exports io.vmgauge.ports.spi;
}
