package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
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
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.Endpoint;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The relay before a real containerd that runs real containers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerdTest {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final String IMAGES = "runtime.v1.ImageService/";
    private static final byte[] NOTHING = {};

    private final PrivateContainerd containerd = new PrivateContainerd();
    private final Path socket = containerd.directory.resolve("relay.sock");
    private final FakeQueries queries = new FakeQueries();
    private final Endpoint relay = new CriProvider()
            .serve(queries, CriSection.at(socket.toString()).with("upstream", "unix://" + containerd.socket()));
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel through = RelayScenario.connect(socket, loop);
    private final ManagedChannel direct = RelayScenario.connect(containerd.socket(), loop);
    private final PodCalls pods = new PodCalls(through, direct, containerd.cgroup());

    @AfterAll
    void close() {
        through.shutdownNow();
        direct.shutdownNow();
        relay.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        containerd.close();
    }

    private byte[] call(String method, Wire request) {
        return pods.call(method, request);
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
        assertTrue(
                PodCalls.parsed(call("ListContainerStats", Wire.message()), ListContainerStatsResponse.parser())
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
        PodCalls.parsed(RawCalls.unary(through, IMAGES + "ImageFsInfo", NOTHING), ImageFsInfoResponse.parser());
    }

    @Test
    void aContainerThatIsAVmShowsTheVmsNumbersAndItsPodAgrees() {
        Wire pod = pods.pod("web-2");
        String sandbox = pods.run(pod);
        String vm = pods.create(sandbox, PodCalls.container("web-2"), pod);
        call("StartContainer", Wire.message().with(1, vm));
        queries.add(FakeQueries.placement("any", "web-2", vm, Map.of()), VmState.RUNNING, FakeQueries.FULL);

        RelayScenario.eventually(
                "it is bound",
                () -> statsOf(vm).getCpu().getUsageCoreNanoSeconds().getValue() == 5_000_000_000L);
        assertEquals("work", statsOf(vm).getAttributes().getMetadata().getName());
        assertEquals(2048, statsOf(vm).getMemory().getWorkingSetBytes().getValue());
        LinuxPodSandboxStats stats = PodCalls.parsed(
                        call("PodSandboxStats", Wire.message().with(1, sandbox)), PodSandboxStatsResponse.parser())
                .getStats()
                .getLinux();
        assertEquals(
                5_000_000_000L,
                stats.getContainers(0).getCpu().getUsageCoreNanoSeconds().getValue());
        assertTrue(stats.getCpu().getUsageCoreNanoSeconds().getValue() >= 5_000_000_000L);
        assertEquals("vnet0", stats.getNetwork().getDefaultInterface().getName());

        pods.remove(sandbox);
    }

    private ContainerStats statsOf(String container) {
        return PodCalls.parsed(
                        call("ContainerStats", Wire.message().with(1, container)), ContainerStatsResponse.parser())
                .getStats();
    }

    /** Twice, since the first time also makes what stays for all later times. */
    @Test
    void eightCallersSeeNothingWorseThanUnavailableWhileContainerdDiesAndReturnsAndNothingIsLeft() throws Exception {
        Wire pod = pods.pod("web-1");
        String sandbox = pods.run(pod);
        dieAndReturnUnderEightCallers();
        Footprint before = Footprint.now();
        dieAndReturnUnderEightCallers();
        Footprint.isBackTo(before);
        pods.remove(sandbox);
    }

    private void dieAndReturnUnderEightCallers() throws InterruptedException {
        Map<Status.Code, Status> seen = new ConcurrentHashMap<>();
        try (SteadyCallers eight = new SteadyCallers(8, () -> {
            Status status = new TappedCall(through, RUNTIME + "ListPodSandbox")
                    .takeAll()
                    .send(NOTHING)
                    .ended()
                    .status();
            // containerd's own answer between the opening of its socket and the end of its start, code UNKNOWN.
            if (!"server is not initialized yet".equals(status.getDescription())) {
                seen.put(status.getCode(), status);
            }
        })) {
            RelayScenario.eventually("calls succeed", () -> seen.containsKey(Status.Code.OK));
            containerd.kill();
            RelayScenario.eventually("calls fail", () -> seen.containsKey(Status.Code.UNAVAILABLE));
            containerd.start();
            // start() returns when containerd answers: from here on it may take a second.
            TimeUnit.SECONDS.sleep(1);
            assertEquals(
                    Status.Code.OK,
                    new TappedCall(through, RUNTIME + "Version")
                            .takeAll()
                            .send(NOTHING)
                            .code());
            int calls = eight.calls();
            RelayScenario.eventually("all call on", () -> eight.calls() > calls + 8);
        }
        assertEquals(EnumSet.of(Status.Code.OK, Status.Code.UNAVAILABLE), seen.keySet(), seen::toString);
    }

    /**
     * Of containerd's own events, since Debian's containerd does not have CRI's yet: the relay cannot tell them apart.
     * More than all windows together can hold, so the slow reader's stream does stand still.
     */
    @Test
    void aSlowReaderOfContainerdsEventsHoldsUpNobodyAndMissesNothing() {
        TappedCall slow = new TappedCall(through, "containerd.services.events.v1.Events/Subscribe").send(NOTHING);
        TappedCall quick = new TappedCall(through, "containerd.services.events.v1.Events/Subscribe")
                .takeAll()
                .send(NOTHING);
        slow.call.request(1);
        RelayScenario.eventually("both are subscribed", () -> {
            publish("/hello", 1);
            RelayScenario.pause();
            return !slow.messages.isEmpty() && !quick.messages.isEmpty();
        });
        for (int i = 0; i < 60; i++) {
            publish("/large/" + i, 256 << 10);
        }

        assertEquals("/large/59", last(quick));
        assertArrayEquals(
                RawCalls.unary(direct, RUNTIME + "Version", NOTHING),
                RawCalls.unary(through, RUNTIME + "Version", NOTHING));
        assertEquals(1, slow.messages.size());
        slow.takeAll();
        for (int i = 0; i < 60; i++) {
            assertEquals("/large/" + i, large(slow));
        }
        slow.call.cancel("enough", null);
        quick.call.cancel("enough", null);
    }

    private static String last(TappedCall reader) {
        for (int i = 0; i < 59; i++) {
            large(reader);
        }
        return large(reader);
    }

    /** The next event of that kind: pods of other tests make some, too. */
    private static String large(TappedCall reader) {
        String topic;
        do {
            topic = Wire.text(reader.next(), 3);
        } while (!topic.startsWith("/large/"));
        return topic;
    }

    private void publish(String topic, int size) {
        Metadata namespace = new Metadata();
        namespace.put(Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER), "vmgauge.test");
        Wire event = Wire.message().with(1, "vmgauge.test/event").with(2, "x".repeat(size));
        TappedCall call =
                new TappedCall(through, "containerd.services.events.v1.Events/Publish", namespace, CallOptions.DEFAULT);
        assertEquals(
                Status.Code.OK,
                call.takeAll()
                        .send(Wire.message().with(1, topic).with(2, event).bytes())
                        .code());
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
