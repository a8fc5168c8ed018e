package io.vmgauge.app.usecase;

import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.usage.UsageRules;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All VMs as the last round listed them, by each of their ids. Immutable but for the windows inside; each round makes the
 * next one.
 *
 * <p>Ids may come from tenants. A VM that claims a container id which another holds, or the sandbox id of another pod,
 * is left out, and the one that the agent knew before stays untouched.
 */
final class Fleet {
    /** A VM that was left out, and why, in one line. */
    record Refusal(VmId vm, String why) {}

    private final Map<VmId, TrackedVm> byVm;
    private final NavigableMap<String, TrackedVm> byContainer = new TreeMap<>();
    private final NavigableMap<String, List<TrackedVm>> bySandbox = new TreeMap<>();
    private final List<Refusal> refusals;

    private Fleet(Map<VmId, TrackedVm> byVm, List<Refusal> refusals) {
        this.byVm = byVm;
        this.refusals = refusals;
        for (TrackedVm tracked : byVm.values()) {
            byContainer.put(tracked.containerId(), tracked);
            bySandbox.merge(tracked.sandboxId(), List.of(tracked), Fleet::concat);
        }
    }

    static Fleet empty() {
        return new Fleet(Map.of(), List.of());
    }

    /** The fleet after a new listing. VMs that are not listed any more are gone. */
    Fleet next(List<Vm> listed, Moment now, UsageRules rules) {
        Claims claims = new Claims();
        Map<VmId, TrackedVm> next = new HashMap<>();
        // Those known before come first, so that a newcomer can never take an id from them.
        Stream.concat(
                        listed.stream().filter(this::heldAlready),
                        listed.stream().filter(vm -> !heldAlready(vm)).sorted(Comparator.comparing(vm -> vm.id()
                                .value())))
                .filter(claims::admits)
                .forEach(vm -> next.put(vm.id(), track(vm, now, rules)));
        return new Fleet(next, claims.refusals());
    }

    private boolean heldAlready(Vm vm) {
        TrackedVm known = byVm.get(vm.id());
        return known != null
                && known.vm().placement().container().equals(vm.placement().container())
                && known.sandboxId().equals(vm.placement().sandbox().id().value());
    }

    private TrackedVm track(Vm vm, Moment now, UsageRules rules) {
        TrackedVm known = byVm.get(vm.id());
        return known == null ? TrackedVm.born(vm, now.wall(), rules) : known.next(vm, now.wall(), rules);
    }

    @Nullable
    TrackedVm get(VmId vm) {
        return byVm.get(vm);
    }

    /** In the order of their container ids. */
    Collection<TrackedVm> containers() {
        return byContainer.values();
    }

    /** In the order of their sandbox ids. */
    Collection<List<TrackedVm>> sandboxes() {
        return bySandbox.values();
    }

    NavigableMap<String, TrackedVm> byContainer() {
        return byContainer;
    }

    NavigableMap<String, List<TrackedVm>> bySandbox() {
        return bySandbox;
    }

    List<Refusal> refusals() {
        return refusals;
    }

    private static List<TrackedVm> concat(List<TrackedVm> some, List<TrackedVm> more) {
        return Stream.concat(some.stream(), more.stream())
                .sorted(Comparator.comparing(TrackedVm::containerId))
                .toList();
    }

    /** Who holds which id while a fleet is being made. */
    private static final class Claims {
        private final Map<String, VmId> containers = new HashMap<>();
        private final Map<String, PodSandbox> sandboxes = new HashMap<>();
        private final Map<VmId, Refusal> refused = new LinkedHashMap<>();

        boolean admits(Vm vm) {
            Optional<String> why = objection(vm);
            if (why.isPresent()) {
                refused.put(vm.id(), new Refusal(vm.id(), why.get()));
                return false;
            }
            containers.put(vm.placement().container().value(), vm.id());
            sandboxes.putIfAbsent(
                    vm.placement().sandbox().id().value(), vm.placement().sandbox());
            return true;
        }

        private Optional<String> objection(Vm vm) {
            String container = vm.placement().container().value();
            VmId holder = containers.get(container);
            if (holder != null) {
                return Optional.of("claims container id " + container + ", which VM " + holder + " holds");
            }
            PodSandbox claimed = vm.placement().sandbox();
            PodSandbox held = sandboxes.get(claimed.id().value());
            return held == null || held.isSamePodAs(claimed)
                    ? Optional.empty()
                    : Optional.of("claims sandbox id " + claimed.id() + ", which belongs to pod " + held.namespace()
                            + "/" + held.name());
        }

        List<Refusal> refusals() {
            return List.copyOf(refused.values());
        }
    }
}
