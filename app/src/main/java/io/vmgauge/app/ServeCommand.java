package io.vmgauge.app;

import io.vmgauge.app.schedule.Threads;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code vmgauge serve}: the agent itself, until it is told to end. */
@Command(
        name = "serve",
        description = "Samples all VMs in the background and serves their stats on a socket.",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 80)
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    /** Whoever told us to end waits five seconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws InterruptedException {
        Agent agent = Agent.start(config.read());
        LOG.info("vmgauge {} serves on {}", Main.version(), agent.address());
        Runtime.getRuntime().addShutdownHook(new Threads("shutdown").newThread(() -> {
                    close(agent);
                    LOG.info("Ended");
                    // To be told to end is no failure, as which the JVM would report it. Nothing is left that could
                    // need more.
                    Runtime.getRuntime().halt(0);
                }));
        new CountDownLatch(1).await();
        return 0;
    }

    /**
     * What would be left behind, the socket and readings under way, is cleared away first. To take leave of a libvirtd
     * that hangs may take longer than anybody waits; the kernel does it for us.
     */
    private static void close(Agent agent) {
        Thread closing = new Threads("closing").newThread(agent::close);
        closing.start();
        try {
            closing.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
