package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxFilter;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStateValue;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatus;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.StreamPodSandboxesRequest;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The lists and the status of pods. */
class PodInventoryTest extends ThreePodsFixture {
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
}
