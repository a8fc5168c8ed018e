package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which of the runtime's containers is which VM: the one whose container id it claims, else the one whose id is the
 * VM's own, else the one with the name that the VM claims in the pod with the uid that it claims. Never by the pod's
 * name, which a recreated pod shares. Exactly one or none. Once bound, a container stays bound for as long as it runs,
 * for to fall back to its cgroup's numbers would look like a counter that started anew. Used on the event loop only.
 */
final class Bindings {
    private static final String POD_UID = "io.kubernetes.pod.uid";
    static final String CONTAINER_NAME = "io.kubernetes.container.name";

    private final UsageQueries queries;
    private final Ledger ledger;
    private Map<String, String> vmByContainer = Map.of();

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

    /** The VM of that container, by the container id under which {@link UsageQueries} knows it. */
    Optional<String> vmOf(String container) {
        return Optional.ofNullable(vmByContainer.get(container));
    }

    /** The containers that are VMs. */
    Set<String> bound() {
        return vmByContainer.keySet();
    }

    private List<KnownVm> running() {
        return queries.inventory(Selection.ALL).stream()
                .filter(known -> known.vm().state().isMeasured())
                .toList();
    }

    Claims claims() {
        return new Claims(running());
    }

    /** Which containers the running VMs may be. Made once for each answer, in which it is asked of every container. */
    static final class Claims {
        private final Map<String, List<KnownVm>> byId = new HashMap<>();
        private final Map<InPod, List<KnownVm>> byName = new HashMap<>();

        /** @param uid of the pod */
        private record InPod(@Nullable String uid, @Nullable String name) {}

        private Claims(List<KnownVm> running) {
            for (KnownVm known : running) {
                Placement placement = known.vm().placement();
                add(byId, idOf(known), known);
                if (!known.vm().id().value().equals(idOf(known))) {
                    add(byId, known.vm().id().value(), known);
                }
                add(byName, new InPod(placement.sandbox().uid(), placement.containerName()), known);
            }
        }

        private static <K> void add(Map<K, List<KnownVm>> all, K key, KnownVm vm) {
            all.computeIfAbsent(key, unknown -> new ArrayList<>(1)).add(vm);
        }

        boolean isEmpty() {
            return byId.isEmpty();
        }

        /** Whether to look at the runtime's lists again, because that container may be a VM that is not yet bound. */
        boolean include(ContainerAttributes who) {
            return !byId(who.getId()).isEmpty() || !byName(who.getLabelsMap()).isEmpty();
        }

        private List<KnownVm> byId(String container) {
            return byId.getOrDefault(container, List.of());
        }

        private List<KnownVm> byName(Map<String, String> labels) {
            return byName.getOrDefault(new InPod(labels.get(POD_UID), labels.get(CONTAINER_NAME)), List.of());
        }
    }

    /** @param containers all of them, as the pods: what is missing is gone */
    void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        Set<String> ready = pods.getItemsList().stream()
                .filter(pod -> pod.getState() == PodSandboxState.SANDBOX_READY)
                .map(PodSandbox::getId)
                .collect(Collectors.toSet());
        Claims vms = claims();
        Map<String, String> found = new HashMap<>();
        for (Container container : containers.getContainersList()) {
            if (container.getState() == ContainerState.CONTAINER_RUNNING
                    && ready.contains(container.getPodSandboxId())) {
                only(container, vms)
                        .or(() -> vmOf(container.getId()))
                        .ifPresent(vm -> found.put(container.getId(), vm));
            }
        }
        Map<String, Long> claims =
                found.values().stream().collect(Collectors.groupingBy(vm -> vm, Collectors.counting()));
        found.entrySet()
                .removeIf(entry -> claims.getOrDefault(entry.getValue(), 0L) > 1
                        && vmOf(entry.getKey()).isEmpty());
        vmByContainer = Map.copyOf(found);
        ledger.keep(vmByContainer.keySet(), ready);
    }

    private static Optional<String> only(Container container, Claims claims) {
        List<KnownVm> fitting = claims.byId(container.getId());
        if (fitting.isEmpty()) {
            fitting = claims.byName(container.getLabelsMap()).stream()
                    // A VM that ran before the container was made belongs to one that was there before. This sees only
                    // VMs that this process saw before: after a restart of ours all are new. Containers that were
                    // bound before stay so; for the rest it is the pod's uid that tells, and that there is one only.
                    .filter(known -> InventoryMapping.nanos(known.firstSeen()) >= container.getCreatedAt())
                    .toList();
        }
        return fitting.size() == 1 ? Optional.of(idOf(fitting.get(0))) : Optional.empty();
    }

    private static String idOf(KnownVm known) {
        return known.vm().placement().container().value();
    }
}
