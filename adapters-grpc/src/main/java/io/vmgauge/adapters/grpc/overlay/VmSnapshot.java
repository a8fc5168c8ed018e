package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.counter.ContainerCounters;
import io.vmgauge.adapters.grpc.counter.VmReading;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one call says of VMs. The usage is read once, for the first container that is a VM, so all messages of a stream say
 * the same.
 */
final class VmSnapshot {
    private final UsageQueries queries;
    private final ContainerBindings bindings;
    private final RuntimeView runtime;
    private final Supplier<Stream<ContainerUsage>> source;
    private final RunningVms running;
    private Optional<Map<String, Usage>> usages = Optional.empty();
    private Optional<Boolean> isHypervisorKnown = Optional.empty();

    private VmSnapshot(
            UsageQueries queries,
            ContainerBindings bindings,
            RuntimeView runtime,
            Supplier<Stream<ContainerUsage>> source) {
        this.queries = queries;
        this.bindings = bindings;
        this.runtime = runtime;
        this.source = source;
        this.running = RunningVms.of(queries);
    }

    /** For an answer about containers, which has no network. */
    static VmSnapshot ofContainers(UsageQueries queries, ContainerBindings bindings, RuntimeView runtime) {
        return new VmSnapshot(queries, bindings, runtime, () -> queries.containers(Selection.ALL).stream());
    }

    /** For an answer about pods, which has the VMs' networks too. */
    static VmSnapshot ofPods(UsageQueries queries, ContainerBindings bindings, RuntimeView runtime) {
        return new VmSnapshot(queries, bindings, runtime, () -> queries.sandboxes(Selection.ALL).stream()
                .flatMap(pod -> pod.containers().stream()));
    }

    /** Whether no container is a VM, was one, or may become one. */
    boolean isEmpty() {
        return running.isEmpty()
                && bindings.bound().isEmpty()
                && bindings.counters().isEmpty();
    }

    /**
     * What to say in the stats of a container. The runtime's value stays for everything that is absent. A container that
     * is no VM has nothing.
     */
    Optional<Usage> of(ContainerStats base) {
        String container = base.getAttributes().getId();
        if (bindings.vmOf(container).isEmpty() && running.mayBe(base.getAttributes())) {
            runtime.refreshLists();
        }
        return of(container, UsageMapping.cpu(base), true);
    }

    /**
     * What to say in the metrics of a container.
     *
     * @param runtimes the CPU time that the runtime's metrics tell, in whole seconds
     */
    Optional<Usage> ofMetrics(String container, Optional<CpuUsage> runtimes) {
        return of(container, runtimes, false);
    }

    private Optional<Usage> of(String container, Optional<CpuUsage> runtimes, boolean isExact) {
        Optional<String> vm = bindings.vmOf(container);
        if (vm.isEmpty()) {
            return Optional.empty();
        }
        ContainerCounters counters = bindings.counters().container(container);
        VmReading reading = reading(vm.get());
        Usage next = counters.next(reading, runtimes, isExact);
        if (!isExact && counters.cpu().lacksRuntime(reading.state())) {
            runtime.refreshStats();
        }
        return next.isEmpty() ? Optional.empty() : Optional.of(next);
    }

    private VmReading reading(String vm) {
        Optional<KnownVm> known = running.find(vm);
        if (known.isPresent()) {
            String id = known.get().vm().placement().container().value();
            return VmReading.running(known.get(), Optional.ofNullable(usages().get(id)));
        }
        // The container may be another VM now, or may have ended too.
        runtime.refreshLists();
        return isHypervisorKnown() ? VmReading.gone(vm) : VmReading.unknown(vm);
    }

    /** Whether a VM that is not listed is gone. While the hypervisor cannot be asked, nobody knows. */
    private boolean isHypervisorKnown() {
        if (isHypervisorKnown.isEmpty()) {
            isHypervisorKnown = Optional.of(queries.status().problem().isEmpty());
        }
        return isHypervisorKnown.get();
    }

    private Map<String, Usage> usages() {
        if (usages.isEmpty()) {
            usages = Optional.of(source.get()
                    .collect(Collectors.toMap(one -> one.placement().container().value(), ContainerUsage::usage)));
        }
        return usages.get();
    }
}
