import org.jspecify.annotations.NullMarked;

/**
 * For authors of hypervisor adapters and of code above the ports: the contracts that every adapter's tests run, and
 * fakes that pass them. For tests only.
 */
@NullMarked
module io.vmgauge.ports.testkit {
    requires transitive io.vmgauge.ports;
    requires transitive org.junit.jupiter.api;
    requires typesafe.config;

    exports io.vmgauge.ports.testkit;
}
