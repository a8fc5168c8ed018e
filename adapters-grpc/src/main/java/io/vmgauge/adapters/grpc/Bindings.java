package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of the runtime's containers is which VM, by the rules of {@link Matching}, and what was told of them. Whoever is
 * bound to whom, and who is not and why, is logged when it changes. Used on the event loop only.
 */
final class Bindings {
    static final String CONTAINER_NAME = "io.kubernetes.container.name";
    private static final Logger log = LoggerFactory.getLogger(Bindings.class);

    private final UsageQueries queries;
    private final Ledger ledger;
    private Map<String, String> vmByContainer = Map.of();
    private Map<String, String> report = Map.of();

    Bindings(UsageQueries queries) {
        this(queries, () -> {});
    }

    /** @param changed is told whenever {@link #kept} would say something else */
    Bindings(UsageQueries queries, Runnable changed) {
        this.queries = queries;
        this.ledger = new Ledger(changed);
    }

    /** What was told of what is bound. */
    Ledger ledger() {
        return ledger;
    }

    /** What the next life of vmgauge has to know. */
    Ledger.Kept kept() {
        return ledger.kept(vmByContainer);
    }

    /** Begins where an earlier life ended: what was bound stays so, though nothing may be known of its VM yet. */
    void restore(Ledger.Kept kept) {
        ledger.restore(kept);
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

    /** What was found when it was last looked, a line for each VM: which container it is, or why none. */
    List<String> report() {
        return new ArrayList<>(report.values());
    }

    /** @param containers all of them, as the pods: what is missing is gone */
    void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        Set<String> ready = pods.getItemsList().stream()
                .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
                .map(PodSandbox::getId)
                .collect(Collectors.toSet());
        Matching now = Matching.of(
                containers.getContainersList(),
                ready,
                RunningVms.of(queries),
                vmByContainer,
                queries.status().problem().isEmpty());
        vmByContainer = Map.copyOf(now.vmByContainer());
        ledger.keep(vmByContainer.keySet(), ready);
        tell(now.report());
    }

    private void tell(Map<String, String> now) {
        now.forEach((vm, line) -> {
            if (!line.equals(report.get(vm))) {
                log.info("{}", line);
            }
        });
        report = now;
    }
}
