package io.vmgauge.app.cli;

import io.vmgauge.app.Agent;
import io.vmgauge.app.Shutdown;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code vmgauge serve}: the agent itself, until it is told to end. */
@Command(
        name = ServeCommand.NAME,
        description = "Samples all VMs in the background and serves their stats on a socket.",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 80)
final class ServeCommand implements Callable<Integer> {
    static final String NAME = "serve";

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() {
        try (Agent agent = Agent.start(config.read())) {
            LOG.info("vmgauge {} serves on {}", Agent.version(), agent.address());
            if (!Shutdown.isTold()) {
                new CountDownLatch(1).await();
            }
        } catch (InterruptedException e) {
            // It was told to end; the agent is closed by now.
        } catch (RuntimeException e) {
            // The agent was told to end while it began. What does not work because of that is no failure.
            if (!Shutdown.isTold()) {
                throw e;
            }
        }
        return 0;
    }
}
