package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What is known of the runtime: which containers and pods it has, how it describes its metrics, what CPU time it counts.
 * A refresh asks the runtime and returns at once; the runtime's answer is learned when it comes. Used on the event loop
 * only.
 */
final class RuntimeView {
    private final ContainerBindings bindings;
    private final MetricsMerge metrics;
    private final Consumer<BiConsumer<ListContainersResponse, ListPodSandboxResponse>> lists;
    private final Consumer<Consumer<ListMetricDescriptorsResponse>> descriptors;
    private final Consumer<Consumer<ListContainerStatsResponse>> stats;

    RuntimeView(
            ContainerBindings bindings,
            MetricsMerge metrics,
            Consumer<BiConsumer<ListContainersResponse, ListPodSandboxResponse>> lists,
            Consumer<Consumer<ListMetricDescriptorsResponse>> descriptors,
            Consumer<Consumer<ListContainerStatsResponse>> stats) {
        this.bindings = bindings;
        this.metrics = metrics;
        this.lists = lists;
        this.descriptors = descriptors;
        this.stats = stats;
    }

    void refreshLists() {
        lists.accept(this::learn);
    }

    void refreshDescriptors() {
        descriptors.accept(metrics::learn);
    }

    void refreshStats() {
        stats.accept(this::learn);
    }

    /** The counter of a container that is now a VM goes on from what the runtime's stats say. */
    void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        metrics.learn(containers);
        bindings.learn(containers, pods);
        if (bindings.counters().lacksRuntime(bindings.bound())) {
            refreshStats();
        }
    }

    private void learn(ListContainerStatsResponse all) {
        for (ContainerStats each : all.getStatsList()) {
            String id = each.getAttributes().getId();
            if (bindings.vmOf(id).isPresent()) {
                bindings.counters().container(id).cpu().hear(UsageMapping.cpu(each));
            }
        }
    }
}
