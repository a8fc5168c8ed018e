package io.vmgauge.adapters.grpc.service;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatusRequest;
import io.vmgauge.adapters.grpc.cri.ContainerStatusResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.adapters.grpc.mapping.InventoryMapping;
import io.vmgauge.adapters.grpc.mapping.StatusMapping;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.stream.Stream;

/** The calls that ask which containers and pods there are. */
final class InventoryCalls {
    private final UsageQueries queries;

    InventoryCalls(UsageQueries queries) {
        this.queries = queries;
    }

    ListContainersResponse listContainers(ListContainersRequest request) {
        return ListContainersResponse.newBuilder()
                .addAllContainers(containers(request.getFilter()).toList())
                .build();
    }

    /** The entries of the list, one by one as they are asked for. */
    Stream<Container> containers(ContainerFilter filter) {
        return queries
                .inventory(new Selection(filter.getId(), filter.getPodSandboxId(), filter.getLabelSelectorMap()))
                .stream()
                .map(InventoryMapping::container)
                .filter(c ->
                        !filter.hasState() || c.getState() == filter.getState().getState());
    }

    ContainerStatusResponse containerStatus(ContainerStatusRequest request) {
        KnownVm known = Lookups.orRefuse("container", queries.findContainer(request.getContainerId()));
        ContainerStatusResponse.Builder response =
                ContainerStatusResponse.newBuilder().setStatus(InventoryMapping.containerStatus(known));
        if (request.getVerbose()) {
            response.putInfo("vmgauge", StatusMapping.details(known));
        }
        return response.build();
    }

    ListPodSandboxResponse listPodSandbox(ListPodSandboxRequest request) {
        return ListPodSandboxResponse.newBuilder()
                .addAllItems(pods(request.getFilter()).toList())
                .build();
    }

    /** The entries of the list, one by one as they are asked for. */
    Stream<PodSandbox> pods(PodSandboxFilter filter) {
        return queries.pods(new Selection("", filter.getId(), filter.getLabelSelectorMap())).stream()
                .map(InventoryMapping::sandbox)
                .filter(pod -> !filter.hasState()
                        || pod.getState() == filter.getState().getState());
    }

    PodSandboxStatusResponse podSandboxStatus(PodSandboxStatusRequest request) {
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
}
