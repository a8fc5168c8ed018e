package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.usage.UsageRules;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All VMs as the last round listed them, by each of their ids. Immutable but for the windows inside; each round makes the
 * next one.
 *
 * <p>Ids may come from tenants: {@link IdArbiter} decides who gets them.
 */
public final class VmRegistry {
    /**
     * The VM whose labels a pod has comes first. Nobody can choose the id of a VM, so the VM that the pod's uid is made of
     * is the owner, also after a restart of the agent. Else it is the VM that was there first: a container id, which the
     * VM that joins may choose, decides nothing.
     */
    private static final Comparator<TrackedVm> FIRST_COME = Comparator.comparing(
                    (TrackedVm tracked) -> !tracked.isOwnerOfItsPod())
            .thenComparing(TrackedVm::heldSince)
            .thenComparing(tracked -> !tracked.isMeasured())
            .thenComparing(tracked -> tracked.vm().incarnation().number())
            .thenComparing(TrackedVm::containerId);

    private final long round;
    private final List<Vm> listed;
    private final Map<VmId, TrackedVm> byVm;
    private final NavigableMap<String, TrackedVm> byContainer;
    private final NavigableMap<String, List<TrackedVm>> bySandbox;
    private final List<IdArbiter.Refusal> refusals;

    private VmRegistry(long round, List<Vm> listed, Map<VmId, TrackedVm> byVm, List<IdArbiter.Refusal> refusals) {
        this.round = round;
        this.listed = listed;
        this.byVm = byVm;
        this.byContainer = new TreeMap<>();
        this.bySandbox = new TreeMap<>();
        this.refusals = refusals;
        for (TrackedVm tracked : byVm.values()) {
            byContainer.put(tracked.containerId(), tracked);
            bySandbox.merge(tracked.sandboxId(), List.of(tracked), VmRegistry::concat);
        }
    }

    /** The same again, one round later: it shares all that never changes. */
    private VmRegistry(VmRegistry before) {
        this.round = before.round + 1;
        this.listed = before.listed;
        this.byVm = before.byVm;
        this.byContainer = before.byContainer;
        this.bySandbox = before.bySandbox;
        this.refusals = before.refusals;
    }

    static VmRegistry empty() {
        return new VmRegistry(0, List.of(), Map.of(), List.of());
    }

    /** The registry after a new listing. It has no VM that is not listed any more. */
    VmRegistry next(List<Vm> list, Moment now, UsageRules rules) {
        // Nearly always, and to compare is far cheaper than to decide who gets which ids.
        if (list.equals(listed)) {
            return new VmRegistry(this);
        }
        IdArbiter arbiter = IdArbiter.among(list, vm -> Optional.ofNullable(byVm.get(vm)));
        Map<VmId, TrackedVm> next = new HashMap<>();
        arbiter.admitted().forEach(vm -> next.put(vm.id(), track(vm, now, rules)));
        return new VmRegistry(round + 1, List.copyOf(list), next, arbiter.refusals());
    }

    private TrackedVm track(Vm vm, Moment now, UsageRules rules) {
        TrackedVm known = byVm.get(vm.id());
        return known == null
                ? TrackedVm.born(vm, round + 1, now.wall(), rules)
                : known.next(vm, round + 1, now.wall(), rules);
    }

    @Nullable
    TrackedVm get(VmId vm) {
        return byVm.get(vm);
    }

    /** In the order of their container ids. */
    Collection<TrackedVm> containers() {
        return byContainer.values();
    }

    /** In the order of their sandbox ids; the VMs of each in the order in which they came. */
    Collection<List<TrackedVm>> sandboxes() {
        return bySandbox.values();
    }

    /** Each VM by its container id. */
    public NavigableMap<String, TrackedVm> byContainer() {
        return byContainer;
    }

    /** The VMs of each sandbox by its id, in the order in which they came. */
    public NavigableMap<String, List<TrackedVm>> bySandbox() {
        return bySandbox;
    }

    Set<VmId> ids() {
        return byVm.keySet();
    }

    List<IdArbiter.Refusal> refusals() {
        return refusals;
    }

    private static List<TrackedVm> concat(List<TrackedVm> some, List<TrackedVm> more) {
        return Stream.concat(some.stream(), more.stream()).sorted(FIRST_COME).toList();
    }
}
