package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ContainerStatusResponse;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoResponse;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListImagesResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.overlay.BindingReport;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The relay before a real containerd that runs real containers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerdIT {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final String IMAGES = "runtime.v1.ImageService/";
    private static final byte[] NOTHING = {};

    private final ContainerdScenario scenario = ContainerdScenario.recorded();
    private final FakeQueries queries = scenario.queries;
    private final ManagedChannel through = scenario.through;
    private final ManagedChannel direct = scenario.direct;
    private final PodCalls pods = scenario.pods;

    @AfterAll
    void close() {
        scenario.close();
    }

    private byte[] call(String method, Wire request) {
        return pods.call(method, request);
    }

    private byte[] overlaid(String method, Wire request) {
        return pods.overlaid(method, request);
    }

    @Test
    void aPodLivesItsWholeLifeThroughTheRelay() {
        Wire pod = pods.pod("web-0");
        String sandbox = pods.run(pod);
        String container = pods.create(sandbox, PodCalls.container("web-0"), pod);
        Wire containerId = Wire.message().with(1, container);
        assertArrayEquals(NOTHING, call("StartContainer", containerId));

        Container listed = pods
                .same(RUNTIME + "ListContainers", Wire.message(), ListContainersResponse.parser())
                .getContainersList()
                .stream()
                .filter(each -> each.getId().equals(container))
                .findAny()
                .orElseThrow();
        assertEquals(ContainerState.CONTAINER_RUNNING, listed.getState());
        assertTrue(
                pods
                        .same(RUNTIME + "ListPodSandbox", Wire.message(), ListPodSandboxResponse.parser())
                        .getItemsList()
                        .stream()
                        .anyMatch(each -> each.getId().equals(sandbox)));
        pods.same(RUNTIME + "ContainerStatus", containerId, ContainerStatusResponse.parser());
        pods.same(RUNTIME + "PodSandboxStatus", Wire.message().with(1, sandbox), PodSandboxStatusResponse.parser());

        Wire exec = Wire.message()
                .with(1, container)
                .with(2, "/bin/sh")
                .with(2, "-c")
                .with(2, "echo heard; echo wrong >&2; exit 3");
        byte[] executed = call("ExecSync", exec);
        assertArrayEquals(RawCalls.unary(direct, RUNTIME + "ExecSync", exec.bytes()), executed);
        assertEquals("heard\n", Wire.text(executed, 1));
        assertEquals("wrong\n", Wire.text(executed, 2));
        assertTrue(PodCalls.parsed(overlaid("ListContainerStats", Wire.message()), ListContainerStatsResponse.parser())
                .getStatsList()
                .stream()
                .anyMatch(stats -> stats.getAttributes().getId().equals(container)
                        && stats.getMemory().getWorkingSetBytes().getValue() > 0));

        call("StopContainer", containerId);
        call("RemoveContainer", containerId);
        pods.remove(sandbox);
        assertEquals(
                Status.Code.NOT_FOUND,
                new TappedCall(through, RUNTIME + "ContainerStatus")
                        .takeAll()
                        .send(containerId.bytes())
                        .code());
    }

    @Test
    void whatItSaysOfItselfIsEqualByteForByteOrMessageForMessage() {
        for (String method : List.of(
                RUNTIME + "Version",
                RUNTIME + "RuntimeConfig",
                RUNTIME + "ListMetricDescriptors",
                RUNTIME + "ListPodSandboxMetrics",
                RUNTIME + "StreamContainerStats",
                RUNTIME + "NoSuchCall",
                "a/b")) {
            TappedCall.Ended one =
                    new TappedCall(direct, method).takeAll().send(NOTHING).ended();
            TappedCall.Ended other =
                    new TappedCall(through, method).takeAll().send(NOTHING).ended();
            assertEquals(one.status().getCode(), other.status().getCode());
            assertEquals(one.status().getDescription(), other.status().getDescription());
        }
        assertArrayEquals(
                RawCalls.unary(direct, RUNTIME + "Version", NOTHING),
                RawCalls.unary(through, RUNTIME + "Version", NOTHING));
        pods.same(RUNTIME + "Status", Wire.message(), StatusResponse.parser());
        assertEquals(
                2,
                pods.same(IMAGES + "ListImages", Wire.message(), ListImagesResponse.parser())
                        .getImagesCount());
        // The values move on, so only the bytes of the same call can be compared.
        assertEquals(
                1,
                PodCalls.parsed(pods.through(IMAGES + "ImageFsInfo", Wire.message()), ImageFsInfoResponse.parser())
                        .getImageFilesystemsCount());
    }

    @Test
    void aContainerThatIsAVmShowsTheVmsNumbersAndItsPodAgrees() {
        Wire pod = pods.pod("web-2");
        String sandbox = pods.run(pod);
        String vm = pods.create(sandbox, PodCalls.container("web-2"), pod);
        call("StartContainer", Wire.message().with(1, vm));
        // Younger than what the runtime told of the container: until then that stays.
        Instant soon = Instant.now().plusSeconds(60);
        queries.add(
                FakeQueries.placement("any", "web-2", vm, Map.of()),
                VmState.RUNNING,
                FakeQueries.usage(soon, 77_000_000_000L));
        RelayScenario.eventually("it is bound", () -> statsOf(vm).getCpu().getTimestamp() == Timestamps.nanos(soon));
        long cgroup = nanosOf(vm);
        assertTrue(cgroup < 2_000_000_000L, cgroup + " ns is the VM's life");
        queries.change(vm, usage -> FakeQueries.usage(soon.plusSeconds(10), 82_000_000_000L - cgroup));
        assertEquals(5_000_000_000L, nanosOf(vm));
        assertEquals("work", statsOf(vm).getAttributes().getMetadata().getName());
        assertEquals(2048, statsOf(vm).getMemory().getWorkingSetBytes().getValue());
        LinuxPodSandboxStats stats = PodCalls.parsed(
                        overlaid("PodSandboxStats", Wire.message().with(1, sandbox)), PodSandboxStatsResponse.parser())
                .getStats()
                .getLinux();
        assertEquals(
                5_000_000_000L,
                stats.getContainers(0).getCpu().getUsageCoreNanoSeconds().getValue());
        assertTrue(stats.getCpu().getUsageCoreNanoSeconds().getValue() >= 5_000_000_000L);
        assertEquals("vnet0", stats.getNetwork().getDefaultInterface().getName());

        Wire other = pods.pod("neighbour");
        String neighbour = pods.run(other);
        String beside = pods.create(neighbour, PodCalls.container("neighbour"), other);
        call("StartContainer", Wire.message().with(1, beside));
        RelayScenario.eventually(
                "the neighbour is told of", () -> pods.ids("ListContainerStats").contains(beside));
        assertEquals(Set.of(vm), pods.changed("ListContainerStats"));
        assertTrue(pods.ids("ListPodSandboxStats").contains(neighbour));
        assertEquals(Set.of(sandbox), pods.changed("ListPodSandboxStats"));

        pods.remove(sandbox);
        pods.remove(neighbour);
    }

    /** All that can happen to a VM and its container, of which the VM is the older one. */
    @Test
    void aContainersCpuTimeGoesOnWhateverBecomesOfItsVm() {
        Instant soon = Instant.now().plusSeconds(60);
        vm("older", 1, soon, 100_000_000_000L);
        Wire pod = pods.pod("web-3");
        String sandbox = pods.run(pod);
        String first = pods.create(sandbox, PodCalls.container("web-3"), pod);
        call("StartContainer", Wire.message().with(1, first));
        RelayScenario.eventually("it is bound", () -> statsOf(first).getCpu().getTimestamp() == Timestamps.nanos(soon));
        long bound = nanosOf(first);
        assertTrue(bound < 2_000_000_000L, bound + " ns is the VM's life");
        vm("older", 1, soon.plusSeconds(10), 103_000_000_000L);
        assertEquals(bound + 3_000_000_000L, nanosOf(first));
        long total = totalOf(sandbox);
        assertTrue(total >= bound + 3_000_000_000L && total < bound + 5_000_000_000L, total + " ns of the pod");

        // Another VM claims the container's id.
        queries.add(
                FakeQueries.placement("other", "thief", first, Map.of()),
                VmState.RUNNING,
                FakeQueries.usage(soon.plusSeconds(15), 900_000_000_000L));
        RelayScenario.eventually("it is said whose it is", () -> details().unbound().stream()
                .anyMatch(line -> line.endsWith("container " + first + " is VM vm-older already")));
        vm("older", 1, soon.plusSeconds(20), 104_000_000_000L);
        assertEquals(bound + 4_000_000_000L, nanosOf(first));
        queries.remove(first);

        // The container starts anew.
        call("StopContainer", Wire.message().with(1, first));
        String second = pods.create(sandbox, PodCalls.container("web-3", 1), pod);
        call("StartContainer", Wire.message().with(1, second));
        RelayScenario.eventually("the next one is bound", () -> {
            vm("older", 1, Instant.now().plusSeconds(120), 104_000_000_000L);
            return statsOf(second).getCpu().getTimestamp() > Timestamps.nanos(soon.plusSeconds(20));
        });
        assertTrue(nanosOf(second) < 2_000_000_000L, nanosOf(second) + " ns of a new container");
        long again = totalOf(sandbox);
        assertTrue(again >= total && again < bound + 7_000_000_000L, total + " ns of the pod became " + again);
        pods.remove(sandbox);
    }

    @Test
    void aContainerWhoseVmIsGoneShowsTheRuntimesNumbersAndItsTimeMoves() {
        Wire pod = pods.pod("web-4");
        String sandbox = pods.run(pod);
        String container = pods.create(sandbox, PodCalls.container("web-4"), pod);
        call("StartContainer", Wire.message().with(1, container));
        queries.add(
                FakeQueries.placement("any", "web-4", container, Map.of()),
                VmState.RUNNING,
                FakeQueries.usage(Instant.now(), 77_000_000_000L));
        RelayScenario.eventually("it is bound", () -> {
            queries.change(container, usage -> FakeQueries.usage(Instant.now(), 77_000_000_000L));
            return statsOf(container).getMemory().getWorkingSetBytes().getValue() == 2048;
        });
        long before = nanosOf(container);
        queries.remove(container);

        ContainerStats one = statsOf(container);
        RelayScenario.eventually(
                "time moves",
                () -> statsOf(container).getCpu().getTimestamp() >= one.getCpu().getTimestamp() + 500_000_000L);
        assertTrue(nanosOf(container) >= before && nanosOf(container) < before + 2_000_000_000L);
        assertTrue(statsOf(container).getMemory().getWorkingSetBytes().getValue() > 2048, "the cgroup's");
        assertTrue(totalOf(sandbox) >= nanosOf(container));
        RelayScenario.eventually("it is said", () -> details().unbound().stream()
                .anyMatch(line -> line.startsWith("VM vm-" + container) && line.contains(" is gone")));
        pods.remove(sandbox);
    }

    /** The VM "older" of the pod web-3, by the pod's uid and its container's name. */
    private void vm(String name, long incarnation, Instant at, long nanos) {
        Placement any = FakeQueries.placement("claimed", "web-3", name, Map.of());
        queries.add(
                new Placement(any.sandbox(), any.container(), "work", 0, any.image()),
                "vm-" + name,
                incarnation,
                VmState.RUNNING,
                FakeQueries.usage(at, nanos));
    }

    private BindingReport details() {
        return BindingReport.of(
                PodCalls.parsed(overlaid("Status", Wire.message().with(1, 1)), StatusResponse.parser())
                        .getInfoMap());
    }

    private long totalOf(String sandbox) {
        return PodCalls.parsed(
                        overlaid("PodSandboxStats", Wire.message().with(1, sandbox)), PodSandboxStatsResponse.parser())
                .getStats()
                .getLinux()
                .getCpu()
                .getUsageCoreNanoSeconds()
                .getValue();
    }

    private long nanosOf(String container) {
        return statsOf(container).getCpu().getUsageCoreNanoSeconds().getValue();
    }

    private ContainerStats statsOf(String container) {
        return PodCalls.parsed(
                        overlaid("ContainerStats", Wire.message().with(1, container)), ContainerStatsResponse.parser())
                .getStats();
    }

    @Test
    void criEventsAreRefusedInContainerdsOwnWords() {
        TappedCall.Ended through = events(this.through);

        assertEquals(Status.Code.UNIMPLEMENTED, through.status().getCode());
        assertEquals(events(direct).status().getDescription(), through.status().getDescription());
    }

    private static TappedCall.Ended events(ManagedChannel way) {
        return new TappedCall(way, RUNTIME + "GetContainerEvents")
                .takeAll()
                .send(NOTHING)
                .ended();
    }
}
