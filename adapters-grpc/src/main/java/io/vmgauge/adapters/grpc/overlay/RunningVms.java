package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.labels.KubernetesLabels;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The VMs that run, and which containers they may be. Made once for each answer, which asks about every container. */
final class RunningVms {
    private final Map<String, KnownVm> byVm = new HashMap<>();
    private final Map<String, List<KnownVm>> byId = new HashMap<>();
    private final Map<InPod, List<KnownVm>> byName = new HashMap<>();

    /** @param uid of the pod */
    private record InPod(@Nullable String uid, @Nullable String name) {}

    private RunningVms() {}

    static RunningVms of(UsageQueries queries) {
        RunningVms all = new RunningVms();
        for (KnownVm known : queries.inventory(Selection.ALL)) {
            if (known.vm().state().isMeasured()) {
                all.add(known);
            }
        }
        return all;
    }

    private void add(KnownVm known) {
        String vm = idOf(known);
        Placement placement = known.vm().placement();
        byVm.put(vm, known);
        add(byId, placement.container().value(), known);
        if (!vm.equals(placement.container().value())) {
            add(byId, vm, known);
        }
        add(byName, new InPod(placement.sandbox().uid(), placement.containerName()), known);
    }

    private static <K> void add(Map<K, List<KnownVm>> all, K key, KnownVm vm) {
        all.computeIfAbsent(key, unknown -> new ArrayList<>(1)).add(vm);
    }

    /** The VM's own id, which nobody can choose. */
    static String idOf(KnownVm known) {
        return known.vm().id().value();
    }

    boolean isEmpty() {
        return byVm.isEmpty();
    }

    Collection<KnownVm> all() {
        return byVm.values();
    }

    Optional<KnownVm> find(String vm) {
        return Optional.ofNullable(byVm.get(vm));
    }

    /** Whether the container may be a VM. If it is not bound yet, the runtime's lists must be looked at again. */
    boolean mayBe(ContainerAttributes who) {
        return !fitting(who.getId(), who.getLabelsMap()).isEmpty();
    }

    /**
     * The VMs that fit a container: those that claim its id or have it, else those that claim its name in the pod with its
     * pod's uid. Never by the pod's name, which a recreated pod shares.
     */
    List<KnownVm> fitting(String container, Map<String, String> labels) {
        List<KnownVm> claiming = byId.getOrDefault(container, List.of());
        return claiming.isEmpty()
                ? byName.getOrDefault(
                        new InPod(labels.get(KubernetesLabels.POD_UID), labels.get(KubernetesLabels.CONTAINER_NAME)),
                        List.of())
                : claiming;
    }
}
