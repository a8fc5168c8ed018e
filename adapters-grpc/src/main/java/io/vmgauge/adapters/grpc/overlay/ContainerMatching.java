package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.inbound.KnownVm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which of the runtime's containers are which VMs, and why the other VMs are none. A running container of a ready pod is
 * a VM if exactly one running VM fits it, and no other such container fits that VM. It does not matter which of the two is
 * older. A container that is a VM stays that VM while the VM lives, whatever other VMs claim.
 *
 * <p>Long because each decision is written beside its reason, which is told to people.
 */
final class ContainerMatching {
    private final RunningVms vms;
    private final Map<String, String> before;
    private final boolean isKnown;
    private final Map<String, String> vmByContainer = new HashMap<>();
    private final Map<String, String> containerByVm = new HashMap<>();
    private final Map<String, List<String>> candidates = new HashMap<>();
    /** Why a VM is no container, by the VM's id. */
    private final Map<String, String> objections = new HashMap<>();

    private ContainerMatching(RunningVms vms, Map<String, String> before, boolean isKnown) {
        this.vms = vms;
        this.before = before;
        this.isKnown = isKnown;
    }

    /**
     * The result of one look.
     *
     * @param containers all that the runtime has
     * @param ready its pods that are ready
     * @param before the VM of each container so far
     * @param isKnown whether a VM that is not among the running ones is surely gone
     */
    static ContainerMatching of(
            List<Container> containers,
            Set<String> ready,
            RunningVms vms,
            Map<String, String> before,
            boolean isKnown) {
        ContainerMatching all = new ContainerMatching(vms, before, isKnown);
        List<Container> free = new ArrayList<>();
        for (Container container : containers) {
            if (!all.isRunning(container, ready)) {
                all.objectToIdle(container);
            } else if (!all.stays(container)) {
                free.add(container);
            }
        }
        free.forEach(all::consider);
        free.forEach(all::bind);
        free.forEach(all::keep);
        return all;
    }

    /** The VM of each container that is one. */
    Map<String, String> vmByContainer() {
        return vmByContainer;
    }

    /** Which container each VM is, or why none. */
    BindingReport report() {
        List<String> bound = new ArrayList<>();
        List<String> unbound = new ArrayList<>();
        for (KnownVm known : vms.all()) {
            String vm = RunningVms.idOf(known);
            String who = nameOf(known) + " (VM " + SafeText.line(vm) + ")";
            String container = containerByVm.get(vm);
            if (container == null) {
                unbound.add(who + " is no container: " + objections.getOrDefault(vm, missing(known)));
            } else {
                bound.add(who + " is container " + SafeText.line(container));
            }
        }
        vmByContainer.forEach((container, vm) -> {
            if (vms.find(vm).isEmpty()) {
                unbound.add("VM " + SafeText.line(vm) + " of container " + SafeText.line(container)
                        + (isKnown ? " is gone: the runtime's numbers are told" : " is not seen at present"));
            }
        });
        Collections.sort(bound);
        Collections.sort(unbound);
        return new BindingReport(bound, unbound);
    }

    private boolean isRunning(Container container, Set<String> ready) {
        return container.getState() == ContainerState.CONTAINER_RUNNING && ready.contains(container.getPodSandboxId());
    }

    private void objectToIdle(Container container) {
        boolean isExited = container.getState() != ContainerState.CONTAINER_RUNNING;
        String why = isExited
                ? "its container " + SafeText.line(container.getId()) + " does not run"
                : "the pod of its container " + SafeText.line(container.getId()) + " is not ready";
        fitting(container).forEach(known -> objections.putIfAbsent(RunningVms.idOf(known), why));
    }

    /** Whether the container stays the VM that it was. A VM that is gone makes room for another. */
    private boolean stays(Container container) {
        String vm = before.get(container.getId());
        if (vm == null || containerByVm.containsKey(vm) || (vms.find(vm).isEmpty() && isKnown)) {
            return false;
        }
        hold(container.getId(), vm);
        for (KnownVm known : fitting(container)) {
            objections.put(
                    RunningVms.idOf(known),
                    "container " + container.getId() + " is VM " + SafeText.line(vm) + " already");
        }
        return true;
    }

    /** If no other VM fits, the container stays the VM that is gone: what was told of it still counts. */
    private void keep(Container container) {
        String vm = before.get(container.getId());
        if (vm != null && !vmByContainer.containsKey(container.getId()) && !containerByVm.containsKey(vm)) {
            hold(container.getId(), vm);
        }
    }

    private void hold(String container, String vm) {
        vmByContainer.put(container, vm);
        containerByVm.put(vm, container);
    }

    private void consider(Container container) {
        for (KnownVm known : fitting(container)) {
            candidates
                    .computeIfAbsent(RunningVms.idOf(known), unknown -> new ArrayList<>())
                    .add(container.getId());
        }
    }

    private void bind(Container container) {
        List<KnownVm> fitting = fitting(container);
        for (KnownVm known : fitting) {
            String vm = RunningVms.idOf(known);
            String held = containerByVm.get(vm);
            List<String> all = candidates.getOrDefault(vm, List.of());
            if (held != null) {
                continue;
            }
            if (fitting.size() > 1) {
                objections.put(vm, "VM " + other(fitting, vm) + " claims container " + container.getId() + " too");
            } else if (all.size() > 1) {
                objections.put(vm, "containers " + all.get(0) + " and " + all.get(1) + " both fit");
            } else {
                hold(container.getId(), vm);
            }
        }
    }

    private List<KnownVm> fitting(Container container) {
        return vms.fitting(container.getId(), container.getLabelsMap());
    }

    private static String other(List<KnownVm> fitting, String vm) {
        return fitting.stream()
                .map(RunningVms::idOf)
                .filter(id -> !id.equals(vm))
                .min(String::compareTo)
                .map(SafeText::line)
                .orElseThrow();
    }

    private static String missing(KnownVm known) {
        Placement placement = known.vm().placement();
        return "the runtime has none with the id " + placement.container() + ", nor one called "
                + placement.containerName() + " in a pod with the uid "
                + placement.sandbox().uid();
    }

    private static String nameOf(KnownVm known) {
        return known.vm().placement().sandbox().namespace() + "/"
                + known.vm().placement().sandbox().name();
    }
}
