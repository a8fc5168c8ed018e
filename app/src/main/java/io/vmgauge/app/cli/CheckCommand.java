package io.vmgauge.app.cli;

import io.vmgauge.app.Adapters;
import io.vmgauge.app.SystemTime;
import io.vmgauge.app.config.AgentConfig;
import io.vmgauge.app.config.Configuration;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.engine.sampling.IdArbiter;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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

/**
 * {@code vmgauge check}: what the agent would do here, what is missing, and how to get it. Long because it asks every part
 * of the agent.
 */
@Command(
        name = "check",
        description = "Checks the configuration and the host, and says what would be measured.",
        mixinStandardHelpOptions = true,
        usageHelpWidth = 80)
final class CheckCommand implements Callable<Integer> {
    /** For what is a moment's work unless something hangs. */
    private static final Duration SHORT = Duration.ofSeconds(3);

    private static final Duration MIDDLE = Duration.ofSeconds(12);
    /** For what grows with the number of VMs. */
    private static final Duration LONG = Duration.ofSeconds(60);
    /** A virtual machine may have to boot by emulation. */
    private static final Duration TRIAL = Duration.ofMinutes(4);

    @Mixin
    private ConfigOptions config = new ConfigOptions();

    @Option(names = "--json", description = "Prints the findings as a JSON list.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Configuration configuration = config.read();
        AgentConfig agent = configuration.agent();
        Adapters adapters = new Adapters(configuration);
        adapters.hypervisor();
        EndpointProvider endpoints = adapters.endpoint();
        Path socket = endpoints.socket(adapters.endpointSettings());
        List<Finding> findings = new ArrayList<>();
        findings.add(good("configuration", config.file().map(Path::toString).orElse("defaults only")));
        findings.add(good("socket", socket.toString()));
        TimedSteps steps = new TimedSteps(err());
        findings.addAll(steps.take(
                        "looking at what the socket needs", SHORT, () -> endpoints.check(adapters.endpointSettings()))
                .orElseGet(() -> hangs("socket", "what it needs was", SHORT)));
        TimeSource time = new SystemTime();
        Hypervisor hypervisor = adapters.openHypervisor(time);
        try {
            List<Vm> listed = list(steps, hypervisor);
            IdArbiter arbiter = IdArbiter.amongNew(listed);
            List<Vm> vms = arbiter.admitted();
            findings.add(good("intervals", intervals(agent)));
            findings.addAll(measured(vms, listed.size()));
            findings.addAll(leftOut(arbiter, listed));
            findings.addAll(silent(steps, hypervisor, agent.engine().monitor(), time, vms));
            findings.addAll(steps.take("asking " + hypervisor.description() + " about its VMs", LONG, hypervisor::check)
                    .orElseGet(() -> hangs(hypervisor.description(), "its VMs were", LONG)));
            findings.addAll(disks(steps, adapters, vms));
        } finally {
            // One that hangs is left behind with this process.
            steps.take("taking leave of " + hypervisor.description(), SHORT, () -> {
                hypervisor.close();
                return true;
            });
        }
        Findings all = new Findings(findings);
        print(all);
        return all.hasProblem() ? 1 : 0;
    }

    private static List<Vm> list(TimedSteps steps, Hypervisor hypervisor) {
        return steps.take("asking " + hypervisor.description() + " for its VMs", MIDDLE, () -> hypervisor
                        .catalog()
                        .list())
                .orElseThrow(() -> new HypervisorException(hypervisor.description() + " has not answered within "
                        + MIDDLE.toSeconds() + " s: restart its daemon if it does not recover"));
    }

    private static List<Finding> hangs(String subject, String what, Duration limit) {
        return List.of(new Finding(
                Finding.Level.PROBLEM,
                subject,
                what + " not to be had within " + limit.toSeconds() + " s",
                "look for a process or a storage that does not answer"));
    }

    /** May take a minute, since the only way to know whether images can be looked into is to try it. */
    private static List<Finding> disks(TimedSteps steps, Adapters adapters, List<Vm> vms) {
        try (DiskSource source = adapters.openDiskSource(new SystemTime())) {
            Optional<DiskSource.Choice> chosen = steps.take("trying to read a disk image", TRIAL, source::choose);
            if (chosen.isEmpty()) {
                return hangs("disk source", "the end of its trial was", TRIAL);
            }
            List<Finding> found = new ArrayList<>(chosen.get().findings());
            chosen.get().filesystems().ifPresent(filesystems -> {
                if (!source.needsTrial()) {
                    found.addAll(steps.take("trying to read a disk image", TRIAL, filesystems::check)
                            .orElseGet(() -> hangs("disk source", "the end of its trial was", TRIAL)));
                }
                found.addAll(steps.take("looking at the images of the VMs", LONG, () -> obstacles(filesystems, vms))
                        .orElseGet(() -> hangs("disk source", "the images of the VMs were", LONG)));
            });
            return found;
        }
    }

    /** That images can be read here does not mean that those of the VMs can. */
    private static List<Finding> obstacles(Filesystems filesystems, List<Vm> vms) {
        return vms.stream()
                .filter(vm -> vm.state().isMeasured())
                .sorted(Comparator.comparing(CheckCommand::pod))
                .flatMap(vm -> filesystems.obstacle(vm.disks()).stream()
                        .map(why -> new Finding(
                                Finding.Level.HINT,
                                pod(vm),
                                "its disk usage will be absent: " + why,
                                "let the agent's user read its images, or set disk.source = block")))
                .toList();
    }

    private static List<Finding> leftOut(IdArbiter arbiter, List<Vm> listed) {
        Map<VmId, String> pods = listed.stream().collect(Collectors.toMap(Vm::id, CheckCommand::pod));
        return arbiter.refusals().stream()
                .map(refusal -> new Finding(
                        Finding.Level.PROBLEM,
                        pods.getOrDefault(refusal.vm(), refusal.vm().value()),
                        "VM " + refusal.vm() + " is left out: it " + refusal.why(),
                        "give it ids of its own, or leave them to vmgauge, see IDENTITY.md"))
                .sorted(Comparator.comparing(Finding::what))
                .toList();
    }

    /** @param listed how many there are with those that are left out */
    private static List<Finding> measured(List<Vm> vms, int listed) {
        List<Finding> found = new ArrayList<>();
        long running = vms.stream().filter(vm -> vm.state().isMeasured()).count();
        found.add(good("VMs", running + " to measure of " + listed));
        vms.stream()
                .sorted(Comparator.comparing(vm -> pod(vm)))
                .map(vm -> good(
                        pod(vm),
                        vm.state().name().toLowerCase(Locale.ROOT) + ", container "
                                + vm.placement().containerName() + " "
                                + vm.placement().container()))
                .forEach(found::add);
        return found;
    }

    private static List<Finding> silent(
            TimedSteps steps, Hypervisor hypervisor, EngineSettings.Monitor monitor, TimeSource time, List<Vm> vms) {
        Map<VmId, String> names =
                vms.stream().filter(vm -> vm.state().isMeasured()).collect(Collectors.toMap(Vm::id, CheckCommand::pod));
        ResponsivenessCheck check = new ResponsivenessCheck(hypervisor.meter(), monitor, time);
        ResponsivenessCheck.Result result = steps.take(
                        "asking each VM for a sign of life", LONG, () -> check.run(names.keySet()))
                .orElseGet(() -> new ResponsivenessCheck.Result(Map.of(), names.keySet()));
        if (!result.silent().isEmpty()) {
            // If the daemon does not answer either, it is not the VMs' fault.
            list(steps, hypervisor);
        }
        List<Finding> found = new ArrayList<>();
        result.silent().entrySet().stream()
                .map(silent -> new Finding(
                        Finding.Level.PROBLEM,
                        names.getOrDefault(silent.getKey(), silent.getKey().value()),
                        "does not answer, so its memory and images are not measured: " + silent.getValue(),
                        "look at its process: is it stopped, or waiting for its storage?"))
                .sorted(Comparator.comparing(Finding::subject))
                .forEach(found::add);
        if (!result.unasked().isEmpty()) {
            found.add(new Finding(
                    Finding.Level.HINT,
                    result.unasked().size() + " other VMs",
                    "were not asked whether they answer, so as not to use up libvirt's workers on those that do not",
                    "check again when those are well"));
        }
        return found;
    }

    private static String pod(Vm vm) {
        return vm.placement().sandbox().namespace() + "/"
                + vm.placement().sandbox().name();
    }

    private static String intervals(AgentConfig agent) {
        return agent.engine().intervals().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getKey().name().toLowerCase(Locale.ROOT) + " " + seconds(entry.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    private static Finding good(String subject, String what) {
        return new Finding(Finding.Level.GOOD, subject, what, "");
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

    private PrintWriter err() {
        return line().getErr();
    }

    private CommandLine line() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets it");
        }
        return spec.commandLine();
    }
}
