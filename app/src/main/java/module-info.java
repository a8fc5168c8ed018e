import org.jspecify.annotations.NullMarked;

/**
 * The agent as it is run: its configuration, its command line, and the one place that puts adapters and engine together. It
 * knows adapters only as services. Whichever jars lie on the module path are the hypervisors and endpoints there are.
 */
@NullMarked
module io.vmgauge.app {
    requires info.picocli;
    requires io.vmgauge.engine;
    requires java.logging;
    requires org.slf4j;
    requires typesafe.config;

    uses io.vmgauge.ports.spi.EndpointProvider;
    uses io.vmgauge.ports.spi.FilesystemMeterProvider;
    uses io.vmgauge.ports.spi.HypervisorProvider;

    exports io.vmgauge.app.logging to
            java.logging;

    opens io.vmgauge.app.cli to
            info.picocli;
}
