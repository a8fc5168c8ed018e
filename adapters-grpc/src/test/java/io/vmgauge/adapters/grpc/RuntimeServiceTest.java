package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStateValue;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatus;
import io.vmgauge.adapters.grpc.cri.ContainerStatusRequest;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListImagesRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStateValue;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatus;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeConfigRequest;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.cri.StreamPodSandboxesRequest;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.inbound.AgentStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who answers, and what there is. */
class RuntimeServiceTest {
    private static final long SEEN = 1767323045123456789L;

    private final CriScenario cri = new CriScenario();

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

    @Test
    void theVersionIsWhatKubeletsInsistOn() {
        VersionResponse version = cri.runtime.version(
                VersionRequest.newBuilder().setVersion("0.1.0").build());

        assertEquals(
                VersionResponse.newBuilder()
                        .setVersion("0.1.0")
                        .setRuntimeName("vmgauge")
                        .setRuntimeVersion("1.2.3")
                        .setRuntimeApiVersion("v1")
                        .build(),
                version);
    }

    @Test
    void aHealthyAgentIsReady() {
        StatusResponse status = cri.runtime.status(StatusRequest.getDefaultInstance());

        List<RuntimeCondition> conditions = status.getStatus().getConditionsList();
        assertEquals(
                List.of("RuntimeReady", "NetworkReady"),
                conditions.stream().map(RuntimeCondition::getType).toList());
        assertTrue(conditions.stream().allMatch(RuntimeCondition::getStatus));
        assertEquals(0, status.getInfoCount());
    }

    @Test
    void aProblemMakesTheRuntimeUnreadyAndSaysWhy() {
        cri.queries.status = new AgentStatus("1.2.3", Optional.of("cannot reach\nlibvirtd\u001b[2J"), 0, List.of());

        RuntimeCondition ready = cri.runtime
                .status(StatusRequest.getDefaultInstance())
                .getStatus()
                .getConditions(0);

        assertFalse(ready.getStatus());
        assertEquals("HypervisorUnavailable", ready.getReason());
        assertEquals("cannot reach libvirtd?[2J", ready.getMessage());
    }

    @Test
    void aVerboseStatusIsJson() {
        cri.queries.status = new AgentStatus("1.2.3", Optional.empty(), 2, List.of("a \"b\"", "c\\\n"));

        StatusResponse status =
                cri.runtime.status(StatusRequest.newBuilder().setVerbose(true).build());

        assertEquals(
                Map.of(
                        "vmgauge",
                        "{\"version\":\"1.2.3\",\"runningVms\":2,\"unresponsiveVms\":[\"a \\\"b\\\"\",\"c\\\\\\n\"]}"),
                status.getInfoMap());
    }

    @Test
    void theRuntimeConfigNamesACgroupDriver() {
        assertTrue(cri.runtime
                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                .hasLinux());
    }

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

    private List<String> containers(ContainerFilter.Builder filter) {
        return cri
                .runtime
                .listContainers(
                        ListContainersRequest.newBuilder().setFilter(filter).build())
                .getContainersList()
                .stream()
                .map(Container::getId)
                .toList();
    }

    @Test
    void podsAreListedOnceAndReadyIfOneOfTheirContainersRuns() {
        List<PodSandbox> pods = cri.runtime
                .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
                .getItemsList();

        assertEquals(
                List.of("pod-a", "pod-b", "pod-c"),
                pods.stream().map(PodSandbox::getId).toList());
        assertEquals(
                List.of(PodSandboxState.SANDBOX_READY, PodSandboxState.SANDBOX_READY, PodSandboxState.SANDBOX_NOTREADY),
                pods.stream().map(PodSandbox::getState).toList());
        PodSandbox first = pods.get(0);
        assertEquals("web-0", first.getMetadata().getName());
        assertEquals("shop", first.getMetadata().getNamespace());
        assertEquals("uid-web-0", first.getMetadata().getUid());
        assertEquals(3, first.getMetadata().getAttempt());
        assertEquals(SEEN, first.getCreatedAt());
        assertEquals("web-0", first.getLabelsOrThrow("io.kubernetes.pod.name"));
    }

    @Test
    void podsAreFilteredByEveryPartOfTheFilterAtOnce() {
        PodSandboxStateValue notReady = PodSandboxStateValue.newBuilder()
                .setState(PodSandboxState.SANDBOX_NOTREADY)
                .build();
        assertEquals(List.of("pod-b"), pods(PodSandboxFilter.newBuilder().setId("pod-b")));
        assertEquals(List.of("pod-c"), pods(PodSandboxFilter.newBuilder().setState(notReady)));
        assertEquals(
                List.of("pod-a", "pod-b"),
                pods(PodSandboxFilter.newBuilder().setState(PodSandboxStateValue.getDefaultInstance())));
        assertEquals(
                List.of("pod-a", "pod-c"), pods(PodSandboxFilter.newBuilder().putLabelSelector("app", "web")));
        assertEquals(
                List.of(), pods(PodSandboxFilter.newBuilder().setState(notReady).putLabelSelector("app", "db")));
        // It is the containers' label, which no pod has.
        assertEquals(
                List.of(), pods(PodSandboxFilter.newBuilder().putLabelSelector("io.kubernetes.container.name", "vm")));
    }

    @Test
    void whoJoinsAPodHasNoSayInItsLabelsWhateverItsContainersId() {
        cri.queries.add(
                FakeQueries.placement("pod-b", "db-0", "0", Map.of("app", "forged")),
                VmState.RUNNING,
                FakeQueries.FULL);

        PodSandbox listed = cri.runtime
                .listPodSandbox(ListPodSandboxRequest.newBuilder()
                        .setFilter(PodSandboxFilter.newBuilder().setId("pod-b"))
                        .build())
                .getItems(0);
        PodSandbox streamed = cri.runtime
                .streamPodSandboxes(StreamPodSandboxesRequest.newBuilder()
                        .setFilter(PodSandboxFilter.newBuilder().setId("pod-b"))
                        .build())
                .next()
                .getPodSandboxes(0);

        assertEquals("db", listed.getLabelsOrThrow("app"));
        assertEquals("db", streamed.getLabelsOrThrow("app"));
        assertEquals("db", podStatus("pod-b", false).getStatus().getLabelsOrThrow("app"));
        assertEquals(List.of("pod-b"), pods(PodSandboxFilter.newBuilder().putLabelSelector("app", "db")));
        assertEquals(List.of(), pods(PodSandboxFilter.newBuilder().putLabelSelector("app", "forged")));
    }

    @Test
    void aVerbosePodStatusTellsOfEachContainerAlsoIfTwoHaveTheSameName() {
        assertEquals(
                Map.of(
                        "aaa-1",
                        "{\"vm\":\"vm-aaa-1\",\"name\":\"domain of aaa-1\",\"state\":\"running\",\"incarnation\":7}",
                        "aaa-2",
                        "{\"vm\":\"vm-aaa-2\",\"name\":\"domain of aaa-2\",\"state\":\"stopped\",\"incarnation\":7}"),
                podStatus("pod-a", true).getInfoMap());
    }

    private PodSandboxStatusResponse podStatus(String id, boolean verbose) {
        return cri.runtime.podSandboxStatus(PodSandboxStatusRequest.newBuilder()
                .setPodSandboxId(id)
                .setVerbose(verbose)
                .build());
    }

    private List<String> pods(PodSandboxFilter.Builder filter) {
        return cri
                .runtime
                .listPodSandbox(
                        ListPodSandboxRequest.newBuilder().setFilter(filter).build())
                .getItemsList()
                .stream()
                .map(PodSandbox::getId)
                .toList();
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

    private ContainerStatus status(String id) {
        return cri.runtime
                .containerStatus(
                        ContainerStatusRequest.newBuilder().setContainerId(id).build())
                .getStatus();
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

    @Test
    void aPodsStatusHasWhatCrictlVerifies() {
        PodSandboxStatus status = cri.runtime
                .podSandboxStatus(PodSandboxStatusRequest.newBuilder()
                        .setPodSandboxId("pod-a")
                        .build())
                .getStatus();

        assertEquals("pod-a", status.getId());
        assertEquals("web-0", status.getMetadata().getName());
        assertEquals(PodSandboxState.SANDBOX_READY, status.getState());
        assertEquals(SEEN, status.getCreatedAt());
        assertTrue(status.hasNetwork());
        assertTrue(status.hasLinux());
    }

    @Test
    void whatIsUnknownIsNotFound() {
        assertEquals("there is no container zzz", refused(Status.Code.NOT_FOUND, () -> status("zzz")));
        assertEquals(
                "there is no pod sandbox zzz",
                refused(
                        Status.Code.NOT_FOUND,
                        () -> cri.runtime.podSandboxStatus(PodSandboxStatusRequest.newBuilder()
                                .setPodSandboxId("zzz")
                                .build())));
    }

    @Test
    void emptyAndAmbiguousIdsAreInvalid() {
        assertEquals(
                "container id \"\": an id must not be empty", refused(Status.Code.INVALID_ARGUMENT, () -> status("")));
        assertEquals(
                "container id \"aaa\": several ids begin with it",
                refused(Status.Code.INVALID_ARGUMENT, () -> status("aaa")));
    }

    @Test
    void anIdThatIsNoIdIsRepeatedHarmlessly() {
        String words = refused(Status.Code.NOT_FOUND, () -> status("\u001b[2J\r\n" + "x".repeat(60_000)));

        assertTrue(words.length() < 200, words);
    }

    @Test
    void thereAreNoImagesAndNobodyFailsForIt() {
        assertEquals(
                0, cri.images.listImages(ListImagesRequest.getDefaultInstance()).getImagesCount());
        assertEquals(
                0,
                cri.images.imageFsInfo(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystemsCount());
    }
}
