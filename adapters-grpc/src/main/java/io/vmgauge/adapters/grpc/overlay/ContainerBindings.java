package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.counter.CounterState;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the runtime's containers is which VM, by the rules of {@link ContainerMatching}, and what was told of them.
 * Changes are logged: which VM is which container now, and which VM is none and why. Used on the event loop only.
 */
public final class ContainerBindings {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerBindings.class);

    private final UsageQueries queries;
    private final CounterState counters;
    private Map<String, String> vmByContainer = Map.of();
    private BindingReport report = BindingReport.NOTHING;

    public ContainerBindings(UsageQueries queries) {
        this(queries, () -> {});
    }

    /** @param changed runs whenever {@link #kept} changes */
    public ContainerBindings(UsageQueries queries, Runnable changed) {
        this.queries = queries;
        this.counters = new CounterState(changed);
    }

    /** What was told of what is bound. */
    CounterState counters() {
        return counters;
    }

    /** What the next life of vmgauge has to know. */
    public CounterState.Kept kept() {
        return counters.kept(vmByContainer);
    }

    /**
     * Goes on where an earlier life of vmgauge ended. A container that was a VM stays that VM, even if nothing is known
     * of the VM yet.
     */
    public void restore(CounterState.Kept kept) {
        counters.restore(kept);
        Map<String, String> vms = new HashMap<>();
        kept.containers().forEach((id, cpu) -> vms.put(id, cpu.vm()));
        vmByContainer = Map.copyOf(vms);
    }

    /** The id of the VM that is that container. */
    Optional<String> vmOf(String container) {
        return Optional.ofNullable(vmByContainer.get(container));
    }

    /** The containers that are VMs. */
    Set<String> bound() {
        return vmByContainer.keySet();
    }

    /** The result of the last look. */
    BindingReport report() {
        return report;
    }

    /** Learns all containers and all pods of the runtime. What is missing has gone. */
    void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        Set<String> ready = pods.getItemsList().stream()
                .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
                .map(PodSandbox::getId)
                .collect(Collectors.toSet());
        ContainerMatching now = ContainerMatching.of(
                containers.getContainersList(),
                ready,
                RunningVms.of(queries),
                vmByContainer,
                queries.status().problem().isEmpty());
        vmByContainer = Map.copyOf(now.vmByContainer());
        counters.keep(vmByContainer.keySet(), ready);
        tell(now.report());
    }

    private void tell(BindingReport now) {
        Set<String> before = new HashSet<>(report.bound());
        before.addAll(report.unbound());
        Stream.of(now.bound(), now.unbound())
                .flatMap(List::stream)
                .filter(line -> !before.contains(line))
                .forEach(line -> LOG.info("{}", line));
        report = now;
    }
}
