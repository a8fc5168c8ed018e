package io.vmgauge.app;

import io.vmgauge.app.config.AgentConfig;
import io.vmgauge.app.config.Configuration;
import io.vmgauge.engine.Engine;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.Settings;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The composition root: it puts adapters and engine together, in the order in which they begin, and ends them. */
public final class Agent implements AutoCloseable {
    /** How long an end waits for the hypervisor, and a start that is refused for the calls under way. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Hypervisor hypervisor;
    private final Engine engine;
    private final Endpoint endpoint;

    private Agent(Hypervisor hypervisor, Engine engine, Endpoint endpoint) {
        this.hypervisor = hypervisor;
        this.engine = engine;
        this.endpoint = endpoint;
    }

    /** Begins to sample and to serve. */
    public static Agent start(Configuration configuration) {
        AgentConfig config = configuration.agent();
        Adapters adapters = new Adapters(configuration);
        adapters.hypervisor();
        EndpointProvider endpoints = adapters.endpoint();
        Settings served = adapters.endpointSettings();
        // First, so that a slip in these settings is told before anything has begun.
        Path socket = endpoints.socket(served);
        TimeSource time = new SystemTime();
        DiskSource diskSource = adapters.openDiskSource(time);
        Hypervisor hypervisor = adapters.openHypervisor(time, Optional.of(socket));
        Engine engine = new Engine(hypervisor, diskSource, config.engine(), version(), time);
        try {
            engine.start();
            Endpoint endpoint = endpoints.serve(engine.queries(), served);
            // Last: an agent that is refused, because another serves there, should not have booted anything.
            engine.startDisks();
            return new Agent(hypervisor, engine, endpoint);
        } catch (RuntimeException e) {
            engine.closeDisks();
            engine.close();
            // The last line of the log is why it was refused, and not what the first round says of the VMs.
            engine.awaitCalls(PATIENCE);
            hypervisor.close();
            throw e;
        }
    }

    /** The version of this module. */
    public static String version() {
        ModuleDescriptor module = Agent.class.getModule().getDescriptor();
        return module == null ? "unknown" : module.rawVersion().orElse("unknown");
    }

    /** Where it serves. */
    public String address() {
        return endpoint.address();
    }

    /** Whoever told us to end does not wait for long. So what would be left behind ends first, and side by side. */
    @Override
    public void close() {
        Thread disks = new Threads("ending").newThread(engine::closeDisks);
        disks.start();
        try {
            endpoint.close();
        } finally {
            join(disks, Duration.ZERO);
        }
        engine.close();
        // A daemon that hangs may not take leave for longer than anybody waits. The kernel closes the connection then.
        Thread leaving = new Threads("leaving").newThread(hypervisor::close);
        leaving.start();
        join(leaving, PATIENCE);
    }

    /** @param longest zero: without end */
    private static void join(Thread thread, Duration longest) {
        try {
            thread.join(longest.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
