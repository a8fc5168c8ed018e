import org.jspecify.annotations.NullMarked;

/**
 * The core of the agent: it samples in the background, keeps the windows and answers from them. It knows the ports and no
 * adapter, no configuration and no framework.
 */
@NullMarked
@SuppressWarnings("module") // The app is compiled after the engine.
module io.vmgauge.engine {
    requires transitive io.vmgauge.ports;
    requires org.slf4j;

    exports io.vmgauge.engine to
            io.vmgauge.app;
    exports io.vmgauge.engine.disk to
            io.vmgauge.app;
    exports io.vmgauge.engine.sampling to
            io.vmgauge.app;
    exports io.vmgauge.engine.schedule to
            io.vmgauge.app;
}
