package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListContainersMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getRuntimeConfigMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getVersionMethod;

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
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsRequest;
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
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * CRI's runtime service, as far as it only reads. What is not here, {@link Declined} declines. Long because of its table
 * of methods and their imports: each method is a few lines.
 */
final class RuntimeService {
    private final UsageQueries queries;
    private final StatsEncoding encoding = new StatsEncoding();

    RuntimeService(UsageQueries queries) {
        this.queries = queries;
    }

    /** The table of all methods. One that is added here must be in cri.proto; nothing else needs to change. */
    ServerServiceDefinition definition() {
        return new Service(RuntimeServiceGrpc.getServiceDescriptor())
                .answer(getVersionMethod(), request -> version())
                .answer(getStatusMethod(), this::status)
                .answer(getRuntimeConfigMethod(), request -> runtimeConfig())
                .answer(getListContainersMethod(), this::listContainers)
                .answer(getContainerStatusMethod(), this::containerStatus)
                .answer(getListPodSandboxMethod(), this::listPodSandbox)
                .answer(getPodSandboxStatusMethod(), this::podSandboxStatus)
                .answer(getContainerStatsMethod(), this::containerStats)
                .answer(StatsEncoding.CONTAINERS, this::listContainerStats)
                .answer(getPodSandboxStatsMethod(), this::podSandboxStats)
                .answer(StatsEncoding.SANDBOXES, this::listPodSandboxStats)
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
        StatusResponse.Builder response = StatusResponse.newBuilder().setStatus(InventoryMapping.conditions(status));
        if (request.getVerbose()) {
            response.putInfo("vmgauge", InventoryMapping.json(status));
        }
        return response.build();
    }

    /** vmgauge makes no cgroups; libvirt asks systemd for those of its VMs. */
    private static RuntimeConfigResponse runtimeConfig() {
        return RuntimeConfigResponse.newBuilder()
                .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(CgroupDriver.SYSTEMD))
                .build();
    }

    private ListContainersResponse listContainers(ListContainersRequest request) {
        ContainerFilter filter = request.getFilter();
        List<Container> containers = queries
                .inventory(new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap()))
                .stream()
                .map(InventoryMapping::container)
                .filter(c ->
                        !filter.hasState() || c.getState() == filter.getState().getState())
                .toList();
        return ListContainersResponse.newBuilder().addAllContainers(containers).build();
    }

    private ContainerStatusResponse containerStatus(ContainerStatusRequest request) {
        KnownVm known = Found.orRefuse("container", queries.findContainer(request.getContainerId()));
        ContainerStatusResponse.Builder response =
                ContainerStatusResponse.newBuilder().setStatus(InventoryMapping.containerStatus(known));
        if (request.getVerbose()) {
            response.putInfo("vmgauge", InventoryMapping.json(known));
        }
        return response.build();
    }

    private ListPodSandboxResponse listPodSandbox(ListPodSandboxRequest request) {
        PodSandboxFilter filter = request.getFilter();
        Map<PodSandboxId, List<KnownVm>> pods = queries.inventory(new Selection("", filter.getId(), Map.of())).stream()
                .collect(Collectors.groupingBy(
                        known -> known.vm().placement().sandbox().id(), LinkedHashMap::new, Collectors.toList()));
        List<PodSandbox> items = pods.values().stream()
                .map(InventoryMapping::sandbox)
                .filter(pod -> !filter.hasState()
                        || pod.getState() == filter.getState().getState())
                // Not by the selection, which looks at the labels of containers.
                .filter(pod -> pod.getLabelsMap()
                        .entrySet()
                        .containsAll(filter.getLabelSelectorMap().entrySet()))
                .toList();
        return ListPodSandboxResponse.newBuilder().addAllItems(items).build();
    }

    private PodSandboxStatusResponse podSandboxStatus(PodSandboxStatusRequest request) {
        List<KnownVm> pod = Found.orRefuse("pod sandbox", queries.findSandbox(request.getPodSandboxId()));
        PodSandboxStatusResponse.Builder response =
                PodSandboxStatusResponse.newBuilder().setStatus(InventoryMapping.sandboxStatus(pod));
        if (request.getVerbose()) {
            pod.forEach(
                    known -> response.putInfo(known.vm().placement().containerName(), InventoryMapping.json(known)));
        }
        return response.build();
    }

    private ContainerStatsResponse containerStats(ContainerStatsRequest request) {
        return ContainerStatsResponse.newBuilder()
                .setStats(UsageMapping.stats(Found.orRefuse("container", queries.container(request.getContainerId()))))
                .build();
    }

    private byte[] listContainerStats(ListContainerStatsRequest request) {
        ContainerStatsFilter filter = request.getFilter();
        return encoding.containers(queries.containers(
                new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap())));
    }

    private PodSandboxStatsResponse podSandboxStats(PodSandboxStatsRequest request) {
        return PodSandboxStatsResponse.newBuilder()
                .setStats(UsageMapping.stats(Found.orRefuse("pod sandbox", queries.sandbox(request.getPodSandboxId()))))
                .build();
    }

    private byte[] listPodSandboxStats(ListPodSandboxStatsRequest request) {
        PodSandboxStatsFilter filter = request.getFilter();
        return encoding.sandboxes(queries.sandboxes(new Selection("", filter.getId(), filter.getLabelSelectorMap())));
    }
}
