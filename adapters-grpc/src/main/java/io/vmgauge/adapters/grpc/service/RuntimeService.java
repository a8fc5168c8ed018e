package io.vmgauge.adapters.grpc.service;

import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListContainersMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListMetricDescriptorsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getRuntimeConfigMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamContainersMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxesMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getVersionMethod;
import static io.vmgauge.adapters.grpc.service.StatsEncoding.answeringBytes;

import com.google.protobuf.MessageLite;
import io.grpc.ServerServiceDefinition;
import io.vmgauge.adapters.grpc.cri.CgroupDriver;
import io.vmgauge.adapters.grpc.cri.LinuxRuntimeConfiguration;
import io.vmgauge.adapters.grpc.cri.RuntimeConfigResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.mapping.StatusMapping;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.stream.Stream;

/** CRI's runtime service, as far as it only reads. {@link UnimplementedMethods} declines all other calls. */
public final class RuntimeService {
    private final UsageQueries queries;
    private final InventoryCalls inventory;
    private final StatsCalls stats;

    /** @param ofVms whether its metrics include what only VMs have */
    public RuntimeService(UsageQueries queries, SandboxTotals totals, boolean ofVms) {
        this.queries = queries;
        this.inventory = new InventoryCalls(queries);
        this.stats = new StatsCalls(queries, totals, ofVms);
    }

    /**
     * The table of all methods, which is long because there are so many. A method that is added here must be in cri.proto;
     * nothing else needs to change.
     */
    public ServerServiceDefinition definition() {
        return new Service(RuntimeServiceGrpc.getServiceDescriptor())
                        .answer(getVersionMethod(), request -> version())
                        .answer(getStatusMethod(), this::status)
                        .answer(getRuntimeConfigMethod(), request -> runtimeConfig())
                        .answer(getListContainersMethod(), inventory::listContainers)
                        .answer(getContainerStatusMethod(), inventory::containerStatus)
                        .answer(getListPodSandboxMethod(), inventory::listPodSandbox)
                        .answer(getPodSandboxStatusMethod(), inventory::podSandboxStatus)
                        .answer(getContainerStatsMethod(), stats::containerStats)
                        .answer(
                                answeringBytes(getListContainerStatsMethod()),
                                request -> whole(stats.containers(request.getFilter())))
                        .answer(getPodSandboxStatsMethod(), stats::podSandboxStats)
                        .answer(
                                answeringBytes(getListPodSandboxStatsMethod()),
                                request -> whole(stats.pods(request.getFilter())))
                        .answer(getListMetricDescriptorsMethod(), request -> stats.metricDescriptors())
                        .answer(answeringBytes(getListPodSandboxMetricsMethod()), request -> whole(stats.metrics()))
                        .stream(
                                answeringBytes(getStreamContainersMethod()),
                                request -> inParts(inventory.containers(request.getFilter())))
                        .stream(
                                answeringBytes(getStreamPodSandboxesMethod()),
                                request -> inParts(inventory.pods(request.getFilter())))
                        .stream(
                                answeringBytes(getStreamContainerStatsMethod()),
                                request -> new MessageBatcher(
                                        stats.containers(request.getFilter()).iterator()))
                        .stream(
                                answeringBytes(getStreamPodSandboxStatsMethod()),
                                request -> new MessageBatcher(
                                        stats.pods(request.getFilter()).iterator()))
                        .stream(
                                answeringBytes(getStreamPodSandboxMetricsMethod()),
                                request -> new MessageBatcher(stats.metrics().iterator()))
                        .build();
    }

    private VersionResponse version() {
        return VersionResponse.newBuilder()
                // The kubelet takes no other.
                .setVersion("0.1.0")
                .setRuntimeName("vmgauge")
                .setRuntimeVersion(queries.status().version())
                .setRuntimeApiVersion("v1")
                .build();
    }

    private StatusResponse status(StatusRequest request) {
        AgentStatus status = queries.status();
        StatusResponse.Builder response = StatusResponse.newBuilder().setStatus(StatusMapping.conditions(status));
        if (request.getVerbose()) {
            response.putInfo("vmgauge", StatusMapping.details(status));
        }
        return response.build();
    }

    /** vmgauge makes no cgroups; libvirt asks systemd for those of its VMs. */
    private static RuntimeConfigResponse runtimeConfig() {
        return RuntimeConfigResponse.newBuilder()
                .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(CgroupDriver.SYSTEMD))
                .build();
    }

    private static byte[] whole(Stream<byte[]> entries) {
        return StatsEncoding.list(entries.toList());
    }

    private static MessageBatcher inParts(Stream<? extends MessageLite> entries) {
        return new MessageBatcher(entries.map(MessageLite::toByteArray).iterator());
    }
}
