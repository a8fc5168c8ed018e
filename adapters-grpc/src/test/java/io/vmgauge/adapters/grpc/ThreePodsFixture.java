package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatus;
import io.vmgauge.adapters.grpc.cri.ContainerStatusRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server with three pods, and a client of it. */
abstract class ThreePodsFixture {
    static final long SEEN = 1767323045123456789L;
    final CriScenario cri = new CriScenario();

    @BeforeEach
    void threePods() {
        cri.queries.add(
                FakeQueries.placement("pod-a", "web-0", "aaa-1", Map.of("app", "web")),
                VmState.RUNNING,
                FakeQueries.FULL);
        cri.queries.add(
                FakeQueries.placement("pod-a", "web-0", "aaa-2", Map.of("app", "web")),
                VmState.STOPPED,
                FakeQueries.NOTHING);
        cri.queries.add(
                FakeQueries.placement("pod-b", "db-0", "bbb", Map.of("app", "db", "tier", "back")),
                VmState.PAUSED,
                FakeQueries.FULL);
        cri.queries.add(
                FakeQueries.placement("pod-c", "old-0", "ccc", Map.of("app", "web", "tier", "back")),
                VmState.STOPPED,
                FakeQueries.NOTHING);
    }

    @AfterEach
    void close() {
        cri.close();
    }

    List<String> containers(ContainerFilter.Builder filter) {
        return cri
                .runtime
                .listContainers(
                        ListContainersRequest.newBuilder().setFilter(filter).build())
                .getContainersList()
                .stream()
                .map(Container::getId)
                .toList();
    }

    PodSandboxStatusResponse podStatus(String id, boolean verbose) {
        return cri.runtime.podSandboxStatus(PodSandboxStatusRequest.newBuilder()
                .setPodSandboxId(id)
                .setVerbose(verbose)
                .build());
    }

    ContainerStatus status(String id) {
        return cri.runtime
                .containerStatus(
                        ContainerStatusRequest.newBuilder().setContainerId(id).build())
                .getStatus();
    }
}
