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
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ContainerStatusRequest;
import io.vmgauge.adapters.grpc.cri.ContainerStatusResponse;
import io.vmgauge.adapters.grpc.cri.LinuxRuntimeConfiguration;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeConfigResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import io.vmgauge.adapters.grpc.mapping.InventoryMapping;
import io.vmgauge.adapters.grpc.mapping.MetricsMapping;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.mapping.StatusMapping;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * CRI's runtime service, as far as it only reads. What is not here, {@link UnimplementedMethods} declines. Long because of its table
 * of methods and their imports: each method is a few lines.
 */
public final class RuntimeService {
    private final UsageQueries queries;
    private final SandboxTotals totals;
    private final StatsEncoding encoding;
    private final MetricsMapping metrics;

    /** @param ofVms whether its metrics include what only VMs have */
    public RuntimeService(UsageQueries queries, SandboxTotals totals, boolean ofVms) {
        this.queries = queries;
        this.totals = totals;
        this.encoding = new StatsEncoding(totals);
        this.metrics = new MetricsMapping(ofVms);
    }

    /** The table of all methods. One that is added here must be in cri.proto; nothing else needs to change. */
    public ServerServiceDefinition definition() {
        return new Service(RuntimeServiceGrpc.getServiceDescriptor())
                        .answer(getVersionMethod(), request -> version())
                        .answer(getStatusMethod(), this::status)
                        .answer(getRuntimeConfigMethod(), request -> runtimeConfig())
                        .answer(getListContainersMethod(), this::listContainers)
                        .answer(getContainerStatusMethod(), this::containerStatus)
                        .answer(getListPodSandboxMethod(), this::listPodSandbox)
                        .answer(getPodSandboxStatusMethod(), this::podSandboxStatus)
                        .answer(getContainerStatsMethod(), this::containerStats)
                        .answer(
                                answeringBytes(getListContainerStatsMethod()),
                                request -> whole(statsOfContainers(request.getFilter())))
                        .answer(getPodSandboxStatsMethod(), this::podSandboxStats)
                        .answer(
                                answeringBytes(getListPodSandboxStatsMethod()),
                                request -> whole(statsOfPods(request.getFilter())))
                        .answer(getListMetricDescriptorsMethod(), request -> listMetricDescriptors())
                        .answer(answeringBytes(getListPodSandboxMetricsMethod()), request -> whole(metricsOfPods()))
                        .stream(
                                answeringBytes(getStreamContainersMethod()),
                                request -> inParts(containers(request.getFilter())))
                        .stream(
                                answeringBytes(getStreamPodSandboxesMethod()),
                                request -> inParts(pods(request.getFilter())))
                        .stream(
                                answeringBytes(getStreamContainerStatsMethod()),
                                request -> new MessageBatcher(
                                        statsOfContainers(request.getFilter()).iterator()))
                        .stream(
                                answeringBytes(getStreamPodSandboxStatsMethod()),
                                request -> new MessageBatcher(
                                        statsOfPods(request.getFilter()).iterator()))
                        .stream(
                                answeringBytes(getStreamPodSandboxMetricsMethod()),
                                request -> new MessageBatcher(metricsOfPods().iterator()))
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

    private ListContainersResponse listContainers(ListContainersRequest request) {
        return ListContainersResponse.newBuilder()
                .addAllContainers(containers(request.getFilter()).toList())
                .build();
    }

    private Stream<Container> containers(ContainerFilter filter) {
        return queries
                .inventory(new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap()))
                .stream()
                .map(InventoryMapping::container)
                .filter(c ->
                        !filter.hasState() || c.getState() == filter.getState().getState());
    }

    private ContainerStatusResponse containerStatus(ContainerStatusRequest request) {
        KnownVm known = Lookups.orRefuse("container", queries.findContainer(request.getContainerId()));
        ContainerStatusResponse.Builder response =
                ContainerStatusResponse.newBuilder().setStatus(InventoryMapping.containerStatus(known));
        if (request.getVerbose()) {
            response.putInfo("vmgauge", StatusMapping.details(known));
        }
        return response.build();
    }

    private ListPodSandboxResponse listPodSandbox(ListPodSandboxRequest request) {
        return ListPodSandboxResponse.newBuilder()
                .addAllItems(pods(request.getFilter()).toList())
                .build();
    }

    private Stream<PodSandbox> pods(PodSandboxFilter filter) {
        return queries.pods(new Selection("", filter.getId(), filter.getLabelSelectorMap())).stream()
                .map(InventoryMapping::sandbox)
                .filter(pod -> !filter.hasState()
                        || pod.getState() == filter.getState().getState());
    }

    private PodSandboxStatusResponse podSandboxStatus(PodSandboxStatusRequest request) {
        KnownPod pod = Lookups.orRefuse("pod sandbox", queries.findSandbox(request.getPodSandboxId()));
        PodSandboxStatusResponse.Builder response =
                PodSandboxStatusResponse.newBuilder().setStatus(InventoryMapping.sandboxStatus(pod));
        if (request.getVerbose()) {
            // By id: two containers of a pod may have the same name.
            pod.containers()
                    .forEach(known ->
                            response.putInfo(known.vm().placement().container().value(), StatusMapping.details(known)));
        }
        return response.build();
    }

    private ContainerStatsResponse containerStats(ContainerStatsRequest request) {
        return ContainerStatsResponse.newBuilder()
                .setStats(
                        UsageMapping.stats(Lookups.orRefuse("container", queries.container(request.getContainerId()))))
                .build();
    }

    private Stream<byte[]> statsOfContainers(ContainerStatsFilter filter) {
        return queries
                .containers(new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap()))
                .stream()
                .map(encoding::container);
    }

    private PodSandboxStatsResponse podSandboxStats(PodSandboxStatsRequest request) {
        return PodSandboxStatsResponse.newBuilder()
                .setStats(UsageMapping.stats(
                        Lookups.orRefuse("pod sandbox", queries.sandbox(request.getPodSandboxId())), totals))
                .build();
    }

    private Stream<byte[]> statsOfPods(PodSandboxStatsFilter filter) {
        return queries.sandboxes(new Selection("", filter.getId(), filter.getLabelSelectorMap())).stream()
                .map(encoding::sandbox);
    }

    private ListMetricDescriptorsResponse listMetricDescriptors() {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(metrics.descriptors())
                .build();
    }

    private Stream<byte[]> metricsOfPods() {
        Map<ContainerId, KnownVm> known = queries.inventory(Selection.ALL).stream()
                .collect(Collectors.toMap(one -> one.vm().placement().container(), one -> one));
        return queries.sandboxes(Selection.ALL).stream()
                .map(pod -> metrics.pod(pod, known).toByteArray());
    }
}
