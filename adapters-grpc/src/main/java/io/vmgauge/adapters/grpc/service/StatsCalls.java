package io.vmgauge.adapters.grpc.service;

import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.mapping.MetricsMapping;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The calls that ask what containers and pods use: stats and metrics. */
final class StatsCalls {
    private final UsageQueries queries;
    private final SandboxTotals totals;
    private final StatsEncoding encoding;
    private final MetricsMapping mapping;

    /** @param ofVms whether the metrics include what only VMs have */
    StatsCalls(UsageQueries queries, SandboxTotals totals, boolean ofVms) {
        this.queries = queries;
        this.totals = totals;
        this.encoding = new StatsEncoding(totals);
        this.mapping = new MetricsMapping(ofVms);
    }

    ContainerStatsResponse containerStats(ContainerStatsRequest request) {
        return ContainerStatsResponse.newBuilder()
                .setStats(
                        UsageMapping.stats(Lookups.orRefuse("container", queries.container(request.getContainerId()))))
                .build();
    }

    /** The entries of the list, each encoded when it is asked for. */
    Stream<byte[]> containers(ContainerStatsFilter filter) {
        return queries
                .containers(new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap()))
                .stream()
                .map(encoding::container);
    }

    PodSandboxStatsResponse podSandboxStats(PodSandboxStatsRequest request) {
        return PodSandboxStatsResponse.newBuilder()
                .setStats(UsageMapping.stats(
                        Lookups.orRefuse("pod sandbox", queries.sandbox(request.getPodSandboxId())), totals))
                .build();
    }

    /** The entries of the list, each encoded when it is asked for. */
    Stream<byte[]> pods(PodSandboxStatsFilter filter) {
        return queries.sandboxes(new Selection("", filter.getId(), filter.getLabelSelectorMap())).stream()
                .map(encoding::sandbox);
    }

    ListMetricDescriptorsResponse metricDescriptors() {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(mapping.descriptors())
                .build();
    }

    /** The entries of the list of metrics, each encoded when it is asked for. */
    Stream<byte[]> metrics() {
        Map<ContainerId, KnownVm> known = queries.inventory(Selection.ALL).stream()
                .collect(Collectors.toMap(one -> one.vm().placement().container(), one -> one));
        return queries.sandboxes(Selection.ALL).stream()
                .map(pod -> mapping.pod(pod, known).toByteArray());
    }
}
