package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.StreamContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.StreamPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.StreamPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.VmState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The runtime's streams and metrics through the real relay: message by message, and no error ever becomes an end. */
class RelayStreamsTest {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final String CPU = "container_cpu_usage_seconds_total";
    private static final byte[] ALL = {};

    private final RelayScenario relay = new RelayScenario();

    @BeforeEach
    void aVmAndItsNeighbour() {
        relay.queries.add(FakeQueries.placement("any", "web", "vm", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        ListContainersResponse.Builder containers = ListContainersResponse.newBuilder();
        for (String id : List.of("vm", "sidecar")) {
            containers.addContainers(
                    Container.newBuilder().setId(id).setPodSandboxId("pod").setState(ContainerState.CONTAINER_RUNNING));
        }
        answer("ListContainers", containers.build().toByteArray());
        answer(
                "ListPodSandbox",
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod"))
                        .build()
                        .toByteArray());
        answer(
                "ListMetricDescriptors",
                ListMetricDescriptorsResponse.newBuilder()
                        .addDescriptors(
                                MetricDescriptor.newBuilder().setName(CPU).addAllLabelKeys(List.of("container", "id")))
                        .build()
                        .toByteArray());
    }

    @AfterEach
    void close() {
        relay.close();
    }

    private void answer(String method, byte[] answer) {
        relay.runtime.answer(RUNTIME + method, request -> answer);
    }

    private void stream(String method, List<byte[]> messages, Status end) {
        relay.runtime.on(RUNTIME + method, (call, headers) -> {
            call.sendHeaders(new Metadata());
            call.request(1);
            return relay.runtime.new Listener() {
                @Override
                public void onHalfClose() {
                    messages.forEach(call::sendMessage);
                    call.close(end, new Metadata());
                }
            };
        });
    }

    private static ContainerStats stats(String id) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder()
                        .setId(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName(id)))
                .setCpu(CpuUsage.newBuilder().setTimestamp(7).setUsageCoreNanoSeconds(UsageMapping.value(5)))
                .build();
    }

    private static byte[] statsOf(String... ids) {
        StreamContainerStatsResponse.Builder message = StreamContainerStatsResponse.newBuilder();
        for (String id : ids) {
            message.addContainerStats(stats(id));
        }
        return message.build().toByteArray();
    }

    private static PodSandboxMetrics metrics() {
        return PodSandboxMetrics.newBuilder()
                .setPodSandboxId("pod")
                .addContainerMetrics(ContainerMetrics.newBuilder()
                        .setContainerId("vm")
                        .addMetrics(Metric.newBuilder()
                                .setName(CPU)
                                .addAllLabelValues(List.of("work", "vm"))
                                .setValue(UsageMapping.value(2))))
                .build();
    }

    private TappedCall called(String method) {
        TappedCall call =
                new TappedCall(relay.through, RUNTIME + method).takeAll().send(ALL);
        call.ended();
        return call;
    }

    /** The first call may come before the relay knows what runs. After it, the VM's growth is told. */
    private void bind() {
        stream("StreamContainerStats", List.of(statsOf("vm")), Status.OK);
        RelayScenario.eventually(
                "the VM is bound",
                () -> cpuOf(called("StreamContainerStats").next()).getTimestamp() != 7);
        relay.queries.change(
                "vm", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 2 * 5_000_000_000L - 5));
        RelayScenario.eventually(
                "its growth is told", () -> cpu(called("StreamContainerStats").next()) == 5_000_000_000L);
    }

    private static long cpu(byte[] message) {
        return cpuOf(message).getUsageCoreNanoSeconds().getValue();
    }

    private static CpuUsage cpuOf(byte[] message) {
        try {
            return StreamContainerStatsResponse.parseFrom(message)
                    .getContainerStats(0)
                    .getCpu();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void statsOfContainersAreOverlaidMessageByMessage() {
        bind();
        List<byte[]> messages = List.of(statsOf("sidecar"), statsOf("vm", "sidecar"), statsOf("sidecar", "sidecar"));
        stream("StreamContainerStats", messages, Status.OK);

        TappedCall call = called("StreamContainerStats");

        assertEquals(Status.Code.OK, call.code());
        List<byte[]> arrived = new ArrayList<>(call.messages);
        assertEquals(3, arrived.size());
        assertArrayEquals(messages.get(0), arrived.get(0));
        assertEquals(5_000_000_000L, cpu(arrived.get(1)));
        assertArrayEquals(messages.get(2), arrived.get(2));
    }

    @Test
    void statsOfPodsAreOverlaid() throws InvalidProtocolBufferException {
        bind();
        byte[] message = StreamPodSandboxStatsResponse.newBuilder()
                .addPodSandboxStats(PodSandboxStats.newBuilder()
                        .setLinux(LinuxPodSandboxStats.newBuilder().addContainers(stats("vm"))))
                .build()
                .toByteArray();
        stream("StreamPodSandboxStats", List.of(message), Status.OK);

        LinuxPodSandboxStats linux = StreamPodSandboxStatsResponse.parseFrom(
                        called("StreamPodSandboxStats").next())
                .getPodSandboxStats(0)
                .getLinux();

        assertEquals(
                5_000_000_000L,
                linux.getContainers(0).getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(5_000_000_000L, linux.getCpu().getUsageCoreNanoSeconds().getValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ListPodSandboxMetrics", "StreamPodSandboxMetrics"})
    void metricsAreOverlaidThoughNobodyAskedForTheDescriptors(String method) throws InvalidProtocolBufferException {
        bind();
        stream(
                method,
                List.of(StreamPodSandboxMetricsResponse.newBuilder()
                        .addPodSandboxMetrics(metrics())
                        .build()
                        .toByteArray()),
                Status.OK);
        RelayScenario.eventually(
                "the descriptors are known", () -> first(method).getValue().getValue() == 5);

        assertEquals(List.of("work", "vm"), first(method).getLabelValuesList());
    }

    private Metric first(String method) {
        try {
            return ListPodSandboxMetricsResponse.parseFrom(called(method).next())
                    .getPodMetrics(0)
                    .getContainerMetrics(0)
                    .getMetrics(0);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"StreamContainerStats", "StreamPodSandboxStats", "StreamPodSandboxMetrics"})
    void anErrorInTheMiddleStaysAnErrorWithWhatCameBeforeIt(String method) {
        stream(method, List.of(statsOf("vm"), statsOf("sidecar")), Status.DATA_LOSS.withDescription("half of it"));

        TappedCall call = called(method);

        assertEquals(Status.Code.DATA_LOSS, call.code());
        assertEquals("half of it", call.ended().status().getDescription());
        assertEquals(2, call.messages.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"StreamContainerStats", "StreamPodSandboxStats", "StreamPodSandboxMetrics"})
    void anEmptyStreamIsAnEndAndOneThatTheRuntimeLacksIsUnimplemented(String method) {
        assertEquals(Status.Code.UNIMPLEMENTED, called(method).code());

        stream(method, List.of(), Status.OK);
        TappedCall call = called(method);
        assertEquals(Status.Code.OK, call.code());
        assertTrue(call.messages.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ListMetricDescriptors", "ListPodSandboxMetrics"})
    void metricsThatTheRuntimeLacksAreUnimplementedInItsOwnWords(String method) {
        Status refusal = Status.UNIMPLEMENTED.withDescription("method " + method + " not implemented");
        relay.runtime.refuse(RUNTIME + method, refusal, new Metadata());

        TappedCall call = called(method);

        assertEquals(Status.Code.UNIMPLEMENTED, call.code());
        assertEquals(refusal.getDescription(), call.ended().status().getDescription());
        assertTrue(call.messages.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"StreamContainers", "StreamPodSandboxes"})
    void streamsOfWhatThereIsGoThroughByteForByte(String method) {
        // Protobuf would not write it like this.
        byte[] odd = {10, (byte) 0x80, 0, 8, (byte) 0x81, 0};
        stream(method, List.of(odd, ALL, odd), Status.OK);

        List<byte[]> arrived = List.copyOf(called(method).messages);

        assertEquals(3, arrived.size());
        assertArrayEquals(odd, arrived.get(0));
        assertArrayEquals(ALL, arrived.get(1));
        assertArrayEquals(odd, arrived.get(2));
    }

    @Test
    void aSlowReaderIsOverlaidAtItsOwnPace() {
        bind();
        List<byte[]> many = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            many.add(statsOf("vm", "x".repeat(20_000)));
        }
        stream("StreamContainerStats", many, Status.OK);
        TappedCall slow = new TappedCall(relay.through, RUNTIME + "StreamContainerStats");
        slow.send(ALL);
        for (int i = 0; i < 200; i++) {
            slow.call.request(1);
            assertEquals(5_000_000_000L, cpu(slow.next()));
            assertTrue(slow.messages.isEmpty());
        }
        slow.takeAll();
        assertEquals(Status.Code.OK, slow.code());
    }
}
