package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.ArrayList;
import java.util.List;

/** Puts VMs' values into the runtime's stats of containers and of pods. {@link Merge} has the rules for each value. */
final class StatsOverlay {
    private final UsageQueries queries;
    private final ContainerBindings bindings;
    private final RuntimeView runtime;

    StatsOverlay(UsageQueries queries, ContainerBindings bindings, RuntimeView runtime) {
        this.queries = queries;
        this.bindings = bindings;
        this.runtime = runtime;
    }

    Rewriting containers() {
        VmSnapshot vms = VmSnapshot.ofContainers(queries, bindings, runtime);
        return Rewriting.ofEntries(vms, ContainerStats.parser(), base -> container(base, vms));
    }

    Rewriting pods() {
        VmSnapshot vms = VmSnapshot.ofPods(queries, bindings, runtime);
        return Rewriting.ofEntries(vms, PodSandboxStats.parser(), base -> pod(base, vms));
    }

    private static ContainerStats container(ContainerStats base, VmSnapshot vms) {
        return vms.of(base).map(vm -> Merge.container(base, vm)).orElse(base);
    }

    private PodSandboxStats pod(PodSandboxStats base, VmSnapshot vms) {
        String id = base.getAttributes().getId();
        List<ContainerStats> before = base.getLinux().getContainersList();
        LinuxPodSandboxStats.Builder linux = base.getLinux().toBuilder();
        List<Integer> withCpu = new ArrayList<>();
        List<Integer> withMemory = new ArrayList<>();
        boolean hasVm = bindings.counters().hasPod(id);
        for (int i = 0; i < before.size(); i++) {
            int place = i;
            hasVm |= bindings.vmOf(before.get(i).getAttributes().getId()).isPresent();
            vms.of(before.get(i)).ifPresent(vm -> {
                linux.setContainers(place, Merge.container(before.get(place), vm));
                vm.cpu().ifPresent(cpu -> withCpu.add(place));
                vm.memory().ifPresent(memory -> withMemory.add(place));
                UsageMapping.network(vm).ifPresent(network -> Merge.network(linux, network));
            });
        }
        if (hasVm) {
            bindings.counters().pod(id).total(linux, before, withCpu);
            Merge.memory(linux, before, withMemory);
            Merge.defaultInterface(linux);
        }
        return hasVm ? base.toBuilder().setLinux(linux).build() : base;
    }
}
