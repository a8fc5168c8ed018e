package io.vmgauge.engine.query;

import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.engine.sampling.TrackedVm;
import io.vmgauge.engine.sampling.VmRegistry;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Answers from memory. {@link UsageQueries} says by which rules. Long because each question has a method. */
public final class UsageQueryService implements UsageQueries {
    /** Network belongs to the pod, so a container's reader must not use up its window. */
    private static final Set<Metric> OF_CONTAINERS =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(Metric.NETWORK)));

    private static final Set<Metric> OF_SANDBOXES = Collections.unmodifiableSet(EnumSet.allOf(Metric.class));

    private final Sampling sampling;
    private final TimeSource time;
    private final UsageRules rules;
    private final Runnable wake;
    private final Supplier<List<String>> unresponsive;
    private final String version;

    /**
     * @param wake asks for a round of the cheap metrics and returns at once
     * @param unresponsive the pods of VMs that do not answer, as NAMESPACE/NAME
     */
    public UsageQueryService(
            Sampling sampling,
            TimeSource time,
            UsageRules rules,
            Runnable wake,
            Supplier<List<String>> unresponsive,
            String version) {
        this.sampling = sampling;
        this.time = time;
        this.rules = rules;
        this.wake = wake;
        this.unresponsive = unresponsive;
        this.version = version;
    }

    @Override
    public Lookup<ContainerUsage> container(String id) {
        return taking(() -> {
            Lookup<TrackedVm> found = ShortIds.find(id, sampling.vms().byContainer());
            if (!(found instanceof Lookup.Found<TrackedVm> it)) {
                return ShortIds.nothing(found);
            }
            return it.value().isMeasured()
                    ? new Lookup.Found<>(take(it.value(), OF_CONTAINERS, time.now()))
                    : new Lookup.NotRunning<>(id);
        });
    }

    @Override
    public List<ContainerUsage> containers(Selection selection) {
        return taking(() -> {
            Moment now = time.now();
            return selected(selection)
                    .filter(TrackedVm::isMeasured)
                    .map(vm -> take(vm, OF_CONTAINERS, now))
                    .toList();
        });
    }

    @Override
    public Lookup<SandboxUsage> sandbox(String id) {
        return taking(() -> {
            Lookup<List<TrackedVm>> found = ShortIds.find(id, sampling.vms().bySandbox());
            if (!(found instanceof Lookup.Found<List<TrackedVm>> it)) {
                return ShortIds.nothing(found);
            }
            return it.value().stream().anyMatch(TrackedVm::isMeasured)
                    ? new Lookup.Found<>(take(it.value(), time.now()))
                    : new Lookup.NotRunning<>(id);
        });
    }

    @Override
    public List<SandboxUsage> sandboxes(Selection selection) {
        return taking(() -> {
            Moment now = time.now();
            return selectedPods(selection)
                    .filter(pod -> pod.stream().anyMatch(TrackedVm::isMeasured))
                    .map(pod -> take(pod, now))
                    .toList();
        });
    }

    @Override
    public Lookup<KnownVm> findContainer(String id) {
        Lookup<TrackedVm> found = ShortIds.find(id, sampling.vms().byContainer());
        return found instanceof Lookup.Found<TrackedVm> it
                ? new Lookup.Found<>(it.value().known())
                : ShortIds.nothing(found);
    }

    @Override
    public Lookup<KnownPod> findSandbox(String id) {
        Lookup<List<TrackedVm>> found = ShortIds.find(id, sampling.vms().bySandbox());
        return found instanceof Lookup.Found<List<TrackedVm>> it
                ? new Lookup.Found<>(known(it.value()))
                : ShortIds.nothing(found);
    }

    @Override
    public List<KnownVm> inventory(Selection selection) {
        return selected(selection).map(TrackedVm::known).toList();
    }

    @Override
    public List<KnownPod> pods(Selection selection) {
        return selectedPods(selection).map(UsageQueryService::known).toList();
    }

    @Override
    public AgentStatus status() {
        return new AgentStatus(
                version, sampling.problem(time.now()), sampling.measuredVms().size(), unresponsive.get());
    }

    /** Answers first, and wakes a round then. So an answer never waits, and the next reader finds newer samples. */
    private <T> T taking(Supplier<T> answer) {
        T given = answer.get();
        wake.run();
        return given;
    }

    private ContainerUsage take(TrackedVm vm, Set<Metric> metrics, Moment now) {
        return new ContainerUsage(vm.vm().placement(), vm.take(metrics, rules, now));
    }

    private SandboxUsage take(List<TrackedVm> pod, Moment now) {
        return new SandboxUsage(
                sandbox(pod),
                pod.stream()
                        .filter(TrackedVm::isMeasured)
                        .map(vm -> take(vm, OF_SANDBOXES, now))
                        .toList());
    }

    /** The only place that says whose labels and annotations a pod has; the registry puts that VM first. */
    private static PodSandbox sandbox(List<TrackedVm> pod) {
        return pod.get(0).vm().placement().sandbox();
    }

    private static KnownPod known(List<TrackedVm> pod) {
        return new KnownPod(sandbox(pod), pod.stream().map(TrackedVm::known).toList());
    }

    private Stream<List<TrackedVm>> selectedPods(Selection selection) {
        return ShortIds.narrow(selection.sandboxId(), sampling.vms().bySandbox()).values().stream()
                .filter(pod -> hasAll(sandbox(pod).labels(), selection.labels()));
    }

    private Stream<TrackedVm> selected(Selection selection) {
        VmRegistry registry = sampling.vms();
        Set<String> sandboxes =
                ShortIds.narrow(selection.sandboxId(), registry.bySandbox()).keySet();
        return ShortIds.narrow(selection.containerId(), registry.byContainer()).values().stream()
                .filter(vm -> sandboxes.contains(vm.sandboxId()))
                // A placement puts its labels together anew each time: not for nothing.
                .filter(vm -> selection.labels().isEmpty()
                        || hasAll(vm.vm().placement().labels(), selection.labels()));
    }

    private static boolean hasAll(Map<String, String> labels, Map<String, String> wanted) {
        return labels.entrySet().containsAll(wanted.entrySet());
    }
}
