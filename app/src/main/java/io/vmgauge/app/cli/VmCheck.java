package io.vmgauge.app.cli;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.engine.sampling.IdArbiter;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What {@code vmgauge check} finds of the VMs: which are measured, which are left out, and which do not answer. */
final class VmCheck {
    private static final Duration LIST_LIMIT = Duration.ofSeconds(12);

    private final TimedSteps steps;
    private final Hypervisor hypervisor;
    private final EngineSettings.Monitor monitor;
    private final TimeSource time;

    VmCheck(TimedSteps steps, Hypervisor hypervisor, EngineSettings.Monitor monitor, TimeSource time) {
        this.steps = steps;
        this.hypervisor = hypervisor;
        this.monitor = monitor;
        this.time = time;
    }

    /** All VMs. Throws if the hypervisor does not answer in time. */
    List<Vm> list() {
        return steps.take("asking " + hypervisor.description() + " for its VMs", LIST_LIMIT, () -> hypervisor
                        .catalog()
                        .list())
                .orElseThrow(() -> new HypervisorException(hypervisor.description() + " has not answered within "
                        + LIST_LIMIT.toSeconds() + " s: restart its daemon if it does not recover"));
    }

    /** What is found of all VMs. */
    List<Finding> findings(List<Vm> listed, IdArbiter arbiter) {
        List<Finding> found = new ArrayList<>(measured(arbiter.admitted(), listed.size()));
        found.addAll(leftOut(arbiter, listed));
        found.addAll(silent(arbiter.admitted()));
        return found;
    }

    /** @param listed how many there are with those that are left out */
    private static List<Finding> measured(List<Vm> vms, int listed) {
        List<Finding> found = new ArrayList<>();
        long running = vms.stream().filter(vm -> vm.state().isMeasured()).count();
        found.add(Findings.good("VMs", running + " to measure of " + listed));
        vms.stream()
                .sorted(Comparator.comparing(vm -> pod(vm)))
                .map(vm -> Findings.good(
                        pod(vm),
                        vm.state().name().toLowerCase(Locale.ROOT) + ", container "
                                + vm.placement().containerName() + " "
                                + vm.placement().container()))
                .forEach(found::add);
        return found;
    }

    private static List<Finding> leftOut(IdArbiter arbiter, List<Vm> listed) {
        Map<VmId, String> pods = listed.stream().collect(Collectors.toMap(Vm::id, VmCheck::pod));
        return arbiter.refusals().stream()
                .map(refusal -> new Finding(
                        Finding.Level.PROBLEM,
                        pods.getOrDefault(refusal.vm(), refusal.vm().value()),
                        "VM " + refusal.vm() + " is left out: it " + refusal.why(),
                        "give it ids of its own, or leave them to vmgauge, see IDENTITY.md"))
                .sorted(Comparator.comparing(Finding::what))
                .toList();
    }

    private List<Finding> silent(List<Vm> vms) {
        Map<VmId, String> names =
                vms.stream().filter(vm -> vm.state().isMeasured()).collect(Collectors.toMap(Vm::id, VmCheck::pod));
        ResponsivenessCheck check = new ResponsivenessCheck(hypervisor.meter(), monitor, time);
        ResponsivenessCheck.Result result = steps.take(
                        "asking each VM for a sign of life", TimedSteps.LONG, () -> check.run(names.keySet()))
                .orElseGet(() -> new ResponsivenessCheck.Result(Map.of(), names.keySet()));
        if (!result.silent().isEmpty()) {
            // It throws if the daemon does not answer either: then it is not the VMs' fault.
            list();
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

    /** The pod that the VM is, as NAMESPACE/NAME. */
    static String pod(Vm vm) {
        return vm.placement().sandbox().namespace() + "/"
                + vm.placement().sandbox().name();
    }
}
