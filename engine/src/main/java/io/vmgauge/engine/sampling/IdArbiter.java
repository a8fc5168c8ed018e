package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Decides who gets which ids. They may come from tenants, so two VMs may claim the same container id, or the same sandbox id
 * as different pods. These are the rules:
 * <ol>
 *   <li>An id that is made of a VM's own id, which nobody can choose, is that VM's, whoever had it before.
 *   <li>Whoever held an id first keeps it, even if others have joined its pod since, and even if its pod is renamed.
 *   <li>Of VMs that are all new, as after a start of the agent, nobody gets it. To choose one by anything that tenants can
 *       write would let them take an id from its owner, and wrong numbers are worse than none.
 * </ol>
 * A VM that does not get both of its ids is left out.
 */
public final class IdArbiter {
    /** A VM that was left out, and why, in one line. */
    public record Refusal(VmId vm, String why) {}

    private final Map<String, VmId> containers = new HashMap<>();
    private final Map<String, PodSandbox> sandboxes = new HashMap<>();
    private final List<Vm> admitted = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();

    /** Of VMs that an agent meets all at once, as at its start. */
    public static IdArbiter amongNew(List<Vm> listed) {
        return among(listed, vm -> Optional.empty());
    }

    /** @param known finds a VM as it was in the round before */
    static IdArbiter among(List<Vm> listed, Function<VmId, Optional<TrackedVm>> known) {
        IdArbiter arbiter = new IdArbiter();
        Map<String, VmId> ids = listed.stream().map(Vm::id).collect(Collectors.toMap(VmId::value, vm -> vm));
        Map<IdRank, List<Vm>> ranks = listed.stream()
                .collect(Collectors.groupingBy(
                        vm -> IdRank.of(vm, known.apply(vm.id())), TreeMap::new, Collectors.toList()));
        ranks.values().forEach(peers -> arbiter.admit(peers, ids));
        return arbiter;
    }

    /** Those that are measured, if they run. */
    public List<Vm> admitted() {
        return Collections.unmodifiableList(admitted);
    }

    /** All others. */
    public List<Refusal> refusals() {
        return List.copyOf(refusals);
    }

    private void admit(List<Vm> peers, Map<String, VmId> ids) {
        List<Vm> fitting = new ArrayList<>();
        for (Vm vm : peers) {
            objection(vm, ids).ifPresentOrElse(why -> refusals.add(new Refusal(vm.id(), why)), () -> fitting.add(vm));
        }
        Map<String, List<Vm>> byContainer = fitting.stream().collect(Collectors.groupingBy(IdArbiter::container));
        Map<String, List<Vm>> bySandbox = fitting.stream().collect(Collectors.groupingBy(IdArbiter::sandbox));
        for (Vm vm : fitting) {
            contest(
                            vm,
                            byContainer.getOrDefault(container(vm), List.of()),
                            bySandbox.getOrDefault(sandbox(vm), List.of()))
                    .ifPresentOrElse(why -> refusals.add(new Refusal(vm.id(), why)), () -> hold(vm));
        }
    }

    private void hold(Vm vm) {
        containers.put(container(vm), vm.id());
        sandboxes.putIfAbsent(sandbox(vm), vm.placement().sandbox());
        admitted.add(vm);
    }

    /** What those with a better right have against it. */
    private Optional<String> objection(Vm vm, Map<String, VmId> ids) {
        VmId owner = ids.get(container(vm));
        VmId holder = owner == null || owner.equals(vm.id()) ? containers.get(container(vm)) : owner;
        if (holder != null) {
            return Optional.of("claims container id " + container(vm) + ", which VM " + holder + " holds");
        }
        PodSandbox held = sandboxes.get(sandbox(vm));
        return held == null || held.isSamePodAs(vm.placement().sandbox())
                ? Optional.empty()
                : Optional.of("claims sandbox id " + sandbox(vm) + ", which belongs to pod " + held.namespace() + "/"
                        + held.name());
    }

    /** What those with the same right have against it. */
    private static Optional<String> contest(Vm vm, List<Vm> sameContainer, List<Vm> sameSandbox) {
        if (sameContainer.size() > 1) {
            return Optional.of("claims container id " + container(vm) + ", as does VM " + other(vm, sameContainer)
                    + ", and neither held it first");
        }
        List<Vm> otherPods = sameSandbox.stream()
                .filter(other ->
                        !other.placement().sandbox().isSamePodAs(vm.placement().sandbox()))
                .toList();
        return otherPods.isEmpty()
                ? Optional.empty()
                : Optional.of("claims sandbox id " + sandbox(vm) + ", as does VM " + other(vm, otherPods)
                        + " for another pod, and neither held it first");
    }

    /** Always the same one, since what is said of a VM is said again when it changes. */
    private static VmId other(Vm vm, List<Vm> claimants) {
        return claimants.stream()
                .map(Vm::id)
                .filter(id -> !id.equals(vm.id()))
                .min((some, more) -> some.value().compareTo(more.value()))
                .orElseThrow();
    }

    private static String container(Vm vm) {
        return vm.placement().container().value();
    }

    private static String sandbox(Vm vm) {
        return vm.placement().sandbox().id().value();
    }
}
