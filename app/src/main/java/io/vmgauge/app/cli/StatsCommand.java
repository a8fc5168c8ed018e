package io.vmgauge.app.cli;

import io.vmgauge.app.Adapters;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.StatsClient;
import io.vmgauge.ports.spi.StatsReport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code vmgauge stats}: what a socket serves, as a table for people or as it came for machines. */
@Command(
        name = "stats",
        description = {
            "Shows the stats that a CRI socket serves, vmgauge's own or any other.",
            "CPU is in percent of one core over the last second; what is unknown is -."
        },
        mixinStandardHelpOptions = true,
        usageHelpWidth = 80)
final class StatsCommand implements Callable<Integer> {
    /** As crictl: two looks one second apart make a rate. */
    private static final Duration APART = Duration.ofSeconds(1);

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--socket", paramLabel = "PATH", description = "The socket. Default: the one in the configuration.")
    private @Nullable Path socket;

    @Option(names = "--watch", description = "Shows it again every second until Ctrl-C.")
    private boolean watch;

    @Option(names = "--json", description = "Prints the response of ListContainerStats as protobuf JSON.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Adapters adapters = new Adapters(config.read());
        EndpointProvider endpoints = adapters.endpoint();
        Path path = socket != null ? socket : endpoints.socket(adapters.endpointSettings());
        PrintWriter out = out();
        try (StatsClient client = endpoints.connect(path)) {
            StatsReport before = client.read();
            if (json && !watch) {
                out.println(before.json());
                return 0;
            }
            boolean screen = watch && Ansi.AUTO.enabled();
            do {
                Thread.sleep(APART.toMillis());
                StatsReport now = client.read();
                show(out, before, now, screen);
                before = now;
            } while (watch);
        }
        return 0;
    }

    private void show(PrintWriter out, StatsReport before, StatsReport now, boolean screen) {
        if (json) {
            out.println(now.json());
        } else {
            String table = StatsTable.of(before, now);
            // Home, the table with each line's rest cleared, and all below cleared: no flicker.
            out.print(screen ? "\u001b[H" + table.replace("\n", "\u001b[K\n") + "\u001b[J" : table);
        }
        out.flush();
        if (out.checkError()) {
            throw new EndpointException("standard output was closed");
        }
    }

    private PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets it");
        }
        return spec.commandLine().getOut();
    }
}
