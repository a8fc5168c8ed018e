package io.vmgauge.app.cli;

import io.vmgauge.app.Adapters;
import io.vmgauge.app.SystemTime;
import io.vmgauge.app.config.Configuration;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.engine.sampling.IdArbiter;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.Settings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code vmgauge check}: what the agent would do here, what is missing, and how to get it. */
@Command(
        name = "check",
        description = "Checks the configuration and the host, and says what would be measured.",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 80)
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Prints the findings as a JSON list.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Configuration configuration = config.read();
        Adapters adapters = new Adapters(configuration);
        adapters.hypervisor();
        TimedSteps steps = new TimedSteps(line().getErr());
        List<Finding> found = new ArrayList<>();
        found.add(
                Findings.good("configuration", config.file().map(Path::toString).orElse("defaults only")));
        found.addAll(endpoint(steps, adapters));
        TimeSource time = new SystemTime();
        Hypervisor hypervisor = adapters.openHypervisor(time, Optional.empty());
        try {
            found.addAll(hypervisor(
                    steps, adapters, hypervisor, configuration.agent().engine(), time));
        } finally {
            // One that hangs is left behind with this process.
            steps.take("taking leave of " + hypervisor.description(), TimedSteps.SHORT, () -> {
                hypervisor.close();
                return true;
            });
        }
        Findings all = new Findings(found);
        print(all);
        return all.hasProblem() ? 1 : 0;
    }

    private static List<Finding> endpoint(TimedSteps steps, Adapters adapters) {
        EndpointProvider endpoint = adapters.endpoint();
        Settings settings = adapters.endpointSettings();
        List<Finding> found = new ArrayList<>();
        found.add(Findings.good("socket", endpoint.socket(settings).toString()));
        found.addAll(steps.take("looking at what the socket needs", TimedSteps.SHORT, () -> endpoint.check(settings))
                .orElseGet(() -> Findings.hangs("socket", "what it needs was", TimedSteps.SHORT)));
        return found;
    }

    private static List<Finding> hypervisor(
            TimedSteps steps, Adapters adapters, Hypervisor hypervisor, EngineSettings settings, TimeSource time) {
        VmCheck vms = new VmCheck(steps, hypervisor, settings.monitor(), time);
        List<Vm> listed = vms.list();
        IdArbiter arbiter = IdArbiter.amongNew(listed);
        List<Finding> found = new ArrayList<>();
        found.add(Findings.good("intervals", intervals(settings)));
        found.addAll(vms.findings(listed, arbiter));
        String name = hypervisor.description();
        found.addAll(steps.take("asking " + name + " about its VMs", TimedSteps.LONG, hypervisor::check)
                .orElseGet(() -> Findings.hangs(name, "its VMs were", TimedSteps.LONG)));
        found.addAll(new DiskCheck(steps, adapters, time).findings(arbiter.admitted()));
        return found;
    }

    private static String intervals(EngineSettings settings) {
        return settings.intervals().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey().name().toLowerCase(Locale.ROOT) + " " + seconds(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    private void print(Findings findings) {
        PrintWriter out = line().getOut();
        if (json) {
            out.println(findings.json());
        } else {
            out.print(Ansi.AUTO.string(findings.text()));
        }
        out.flush();
    }

    private CommandLine line() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets it");
        }
        return spec.commandLine();
    }
}
