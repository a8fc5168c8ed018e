package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStateValue;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatus;
import io.vmgauge.adapters.grpc.cri.ContainerStatusRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The lists and the status of containers. */
class ContainerInventoryTest extends ThreePodsFixture {
    @Test
    void allContainersAreListedWithAllThatClientsDemand() {
        List<Container> containers = cri.runtime
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList();

        assertEquals(
                List.of("aaa-1", "aaa-2", "bbb", "ccc"),
                containers.stream().map(Container::getId).toList());
        Container first = containers.get(0);
        assertEquals("pod-a", first.getPodSandboxId());
        assertEquals("vm", first.getMetadata().getName());
        assertEquals(1, first.getMetadata().getAttempt());
        assertEquals("debian:12", first.getImage().getImage());
        assertEquals("debian:12", first.getImageRef());
        assertEquals(SEEN, first.getCreatedAt());
        assertEquals(
                Map.of(
                        "app", "web",
                        "io.kubernetes.pod.name", "web-0",
                        "io.kubernetes.pod.namespace", "shop",
                        "io.kubernetes.pod.uid", "uid-web-0",
                        "io.kubernetes.container.name", "vm"),
                first.getLabelsMap());
        assertEquals(Map.of("example.org/note", "grüne \"Woche\""), first.getAnnotationsMap());
    }

    @Test
    void runningAndPausedVmsAreRunningContainersAndStoppedOnesAreExited() {
        assertEquals(
                List.of(
                        ContainerState.CONTAINER_RUNNING,
                        ContainerState.CONTAINER_EXITED,
                        ContainerState.CONTAINER_RUNNING,
                        ContainerState.CONTAINER_EXITED),
                cri.runtime.listContainers(ListContainersRequest.getDefaultInstance()).getContainersList().stream()
                        .map(Container::getState)
                        .toList());
    }

    @Test
    void containersAreFilteredByEveryPartOfTheFilterAtOnce() {
        assertEquals(List.of("bbb"), containers(ContainerFilter.newBuilder().setId("bbb")));
        assertEquals(List.of("bbb"), containers(ContainerFilter.newBuilder().setId("b")));
        assertEquals(
                List.of("aaa-1", "aaa-2"),
                containers(ContainerFilter.newBuilder().setPodSandboxId("pod-a")));
        assertEquals(List.of("aaa-2", "ccc"), containers(exited()));
        // CONTAINER_CREATED is number 0: a filter that is set must not pass for none.
        assertEquals(
                List.of(), containers(ContainerFilter.newBuilder().setState(ContainerStateValue.getDefaultInstance())));
        assertEquals(
                List.of("bbb", "ccc"), containers(ContainerFilter.newBuilder().putLabelSelector("tier", "back")));
        assertEquals(
                List.of("ccc"),
                containers(exited().putLabelSelector("tier", "back").putLabelSelector("app", "web")));
        assertEquals(List.of(), containers(exited().setId("bbb")));
        assertEquals(List.of(), containers(ContainerFilter.newBuilder().setId("zzz")));
    }

    private static ContainerFilter.Builder exited() {
        return ContainerFilter.newBuilder()
                .setState(ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_EXITED));
    }

    @Test
    void aContainersStatusHasWhatCrictlVerifies() {
        ContainerStatus status = cri.runtime
                .containerStatus(ContainerStatusRequest.newBuilder()
                        .setContainerId("aaa-1")
                        .build())
                .getStatus();

        assertEquals("aaa-1", status.getId());
        assertEquals("vm", status.getMetadata().getName());
        assertEquals(SEEN, status.getCreatedAt());
        assertEquals(SEEN, status.getStartedAt());
        assertEquals("debian:12", status.getImage().getImage());
        assertEquals("debian:12", status.getImageRef());
        assertEquals("", status.getReason());
    }

    @Test
    void aStatusSaysWhyAContainerIsNotJustRunning() {
        assertEquals("Paused", status("bbb").getReason());
        assertEquals("Stopped", status("ccc").getReason());
        assertFalse(status("ccc").getMessage().isEmpty());
    }

    @Test
    void aVmThatDoesNotRunHereYetIsCreatedAndNeitherStartedNorReadyNorMeasured() {
        cri.queries.add(FakeQueries.placement("pod-d", "mig", "ddd", Map.of()), VmState.STARTING, FakeQueries.NOTHING);

        ContainerStatus status = status("ddd");

        assertEquals(ContainerState.CONTAINER_CREATED, status.getState());
        assertEquals("Starting", status.getReason());
        assertEquals(
                "the VM does not run here yet: it starts up, or comes in by a live migration", status.getMessage());
        assertEquals(SEEN, status.getCreatedAt());
        assertEquals(0, status.getStartedAt());
        ContainerStateValue created = ContainerStateValue.newBuilder()
                .setState(ContainerState.CONTAINER_CREATED)
                .build();
        assertEquals(List.of("ddd"), containers(ContainerFilter.newBuilder().setState(created)));
        assertEquals(
                PodSandboxState.SANDBOX_NOTREADY,
                podStatus("pod-d", false).getStatus().getState());
        assertEquals(
                0,
                cri.runtime
                        .listContainerStats(ListContainerStatsRequest.newBuilder()
                                .setFilter(ContainerStatsFilter.newBuilder().setId("ddd"))
                                .build())
                        .getStatsCount());
    }

    @Test
    void aVerboseContainerStatusNamesTheVm() {
        assertEquals(
                Map.of(
                        "vmgauge",
                        "{\"vm\":\"vm-bbb\",\"name\":\"domain of bbb\",\"state\":\"paused\",\"incarnation\":7}"),
                cri.runtime
                        .containerStatus(ContainerStatusRequest.newBuilder()
                                .setContainerId("bbb")
                                .setVerbose(true)
                                .build())
                        .getInfoMap());
    }
}
