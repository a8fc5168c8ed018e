package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.ports.inbound.UsageQueries;
import java.io.IOException;

/** Puts VMs' values into the runtime's metrics. {@link MetricsMerge} has the rules for each value. */
final class MetricsOverlay {
    private final UsageQueries queries;
    private final ContainerBindings bindings;
    private final RuntimeView runtime;
    private final MetricsMerge metrics;

    MetricsOverlay(UsageQueries queries, ContainerBindings bindings, RuntimeView runtime, MetricsMerge metrics) {
        this.queries = queries;
        this.bindings = bindings;
        this.runtime = runtime;
        this.metrics = metrics;
    }

    /**
     * The metrics of pods. The runtime needs long for them (containerd a tenth of a second for each pod). Meanwhile its
     * descriptors and lists are fetched, which may have changed.
     */
    Rewriting pods() {
        VmSnapshot vms = VmSnapshot.ofPods(queries, bindings, runtime);
        if (!vms.isEmpty()) {
            runtime.refreshDescriptors();
            runtime.refreshLists();
        }
        return Rewriting.ofEntries(
                vms, PodSandboxMetrics.parser(), base -> metrics.understands(base) ? pod(base, vms) : base);
    }

    private PodSandboxMetrics pod(PodSandboxMetrics base, VmSnapshot vms) {
        PodSandboxMetrics.Builder pod = base.toBuilder();
        for (int i = 0; i < base.getContainerMetricsCount(); i++) {
            int place = i;
            ContainerMetrics container = base.getContainerMetrics(i);
            vms.ofMetrics(container.getContainerId(), metrics.cpu(container)).ifPresent(vm -> {
                pod.setContainerMetrics(place, metrics.container(container, vm));
                metrics.network(base, pod, container, vm);
            });
        }
        return pod.build();
    }

    /** Adds our descriptors after the runtime's. In protobuf two lists one after the other are one list. */
    SplicedMessage descriptors(byte[] answer) throws IOException {
        metrics.learn(ListMetricDescriptorsResponse.parseFrom(answer));
        return SplicedMessage.of(answer, metrics.own().toByteArray());
    }
}
