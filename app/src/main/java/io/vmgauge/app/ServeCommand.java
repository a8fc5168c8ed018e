package io.vmgauge.app;

import io.vmgauge.app.schedule.Threads;
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

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Override
    public Integer call() throws InterruptedException {
        Agent agent = Agent.start(config.read());
        LOG.info("vmgauge {} serves on {}", Main.version(), agent.address());
        Runtime.getRuntime().addShutdownHook(new Threads("shutdown").newThread(() -> {
                    agent.close();
                    LOG.info("Ended");
                    // To be told to end is no failure, as which the JVM would report it. Nothing is left that could
                    // need more.
                    Runtime.getRuntime().halt(0);
                }));
        new CountDownLatch(1).await();
        return 0;
    }
}
