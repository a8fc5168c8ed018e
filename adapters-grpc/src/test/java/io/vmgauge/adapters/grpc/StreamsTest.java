package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.StreamContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.StreamContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.StreamContainersResponse;
import io.vmgauge.adapters.grpc.service.MessageBatcher;
import io.vmgauge.adapters.grpc.service.Service;
import io.vmgauge.adapters.grpc.service.StatsEncoding;
import io.vmgauge.domain.identity.VmState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists in parts: the same items, each once, in messages of bounded size, no faster than they are read. */
class StreamsTest {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final byte[] ALL = {};
    private static final byte[] NONSENSE = {(byte) 0xff};
    private static final int MANY = 1500;

    private final CriScenario cri = new CriScenario();

    @AfterEach
    void close() {
        cri.close();
    }

    private void add(int count, Map<String, String> labels) {
        for (int i = 0; i < count; i++) {
            String number = String.format("%05d", i);
            cri.queries.add(
                    FakeQueries.placement("pod-" + number, "web-" + number, "vm-" + number, labels),
                    VmState.RUNNING,
                    FakeQueries.FULL);
        }
    }

    private List<byte[]> stream(String method, byte[] request) {
        TappedCall call =
                new TappedCall(cri.channel, RUNTIME + method).takeAll().send(request);
        assertEquals(
                Status.Code.OK, call.code(), () -> String.valueOf(call.ended().status()));
        return List.copyOf(call.messages);
    }

    /** The items as their bytes: field 1 of every one of these messages. */
    private static List<String> items(List<byte[]> messages) {
        List<String> items = new ArrayList<>();
        for (byte[] message : messages) {
            try {
                UnknownFieldSet.parseFrom(message)
                        .getField(1)
                        .getLengthDelimitedList()
                        .forEach(item -> items.add(item.toString(StandardCharsets.ISO_8859_1)));
            } catch (InvalidProtocolBufferException e) {
                throw new AssertionError(e);
            }
        }
        return items;
    }

    @ParameterizedTest
    @CsvSource({
        "ListContainers, StreamContainers",
        "ListPodSandbox, StreamPodSandboxes",
        "ListContainerStats, StreamContainerStats",
        "ListPodSandboxStats, StreamPodSandboxStats",
        "ListPodSandboxMetrics, StreamPodSandboxMetrics"
    })
    void aStreamHasTheItemsOfItsListEachOnceInSmallMessages(String list, String stream) {
        add(MANY, Map.of());

        List<byte[]> messages = stream(stream, ALL);
        List<String> whole = items(List.of(RawCalls.unary(cri.channel, RUNTIME + list, ALL)));

        assertEquals(MANY, whole.size());
        // Maps are encoded in any order: the items are compared by their lengths and the first id in them.
        assertEquals(ordered(whole), ordered(items(messages)));
        assertTrue(messages.size() > 3, messages.size() + " messages");
        for (byte[] message : messages) {
            assertTrue(message.length > 0 && message.length < 1 << 20, message.length + " bytes");
        }
    }

    private static List<String> ordered(List<String> items) {
        return items.stream()
                .map(item -> item.length() + " " + item.replaceAll("(?s)^.*?((vm|pod)-\\d{5}).*$", "$1"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "StreamContainers",
                "StreamPodSandboxes",
                "StreamContainerStats",
                "StreamPodSandboxStats",
                "StreamPodSandboxMetrics"
            })
    void nothingIsAnImmediateEnd(String method) {
        assertEquals(List.of(), stream(method, ALL));
    }

    @Test
    void whatIsLargerThanABatchTravelsAlone() throws InvalidProtocolBufferException {
        add(3, Map.of("large", "x".repeat(2 * MessageBatcher.BYTES)));

        List<byte[]> messages = stream("StreamContainers", ALL);

        assertEquals(3, messages.size());
        assertEquals(
                "vm-00002",
                StreamContainersResponse.parseFrom(messages.get(2))
                        .getContainers(0)
                        .getId());
    }

    @Test
    void aFilterSelectsAsInTheList() throws InvalidProtocolBufferException {
        add(20, Map.of());
        byte[] request = StreamContainerStatsRequest.newBuilder()
                .setFilter(ContainerStatsFilter.newBuilder().setId("vm-00007"))
                .build()
                .toByteArray();

        List<byte[]> messages = stream("StreamContainerStats", request);

        assertEquals(1, messages.size());
        StreamContainerStatsResponse only = StreamContainerStatsResponse.parseFrom(messages.get(0));
        assertEquals(1, only.getContainerStatsCount());
        assertEquals("vm-00007", only.getContainerStats(0).getAttributes().getId());
    }

    @Test
    void metricsInPartsAreTheMetrics() throws InvalidProtocolBufferException {
        add(2, Map.of());

        assertEquals(
                cri.runtime.listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance()),
                ListPodSandboxMetricsResponse.parseFrom(
                        stream("StreamPodSandboxMetrics", ALL).get(0)));
    }

    @Test
    void aReaderThatDoesNotReadGetsOnlyWhatItAskedForAndNobodyWaitsForIt() {
        add(300, Map.of("large", "x".repeat(10_000)));
        TappedCall slow = new TappedCall(cri.channel, RUNTIME + "StreamContainers");
        slow.send(ALL);
        slow.call.request(2);
        slow.next();
        slow.next();

        for (int i = 0; i < 3; i++) {
            assertFalse(stream("StreamContainers", ALL).isEmpty());
        }

        assertTrue(slow.messages.isEmpty());
        slow.takeAll();
        assertEquals(Status.Code.OK, slow.code());
        assertTrue(slow.messages.size() > 300 * 10_000 / MessageBatcher.BYTES - 3, slow.messages.size() + " messages");
    }

    @Test
    void messagesAreMadeNoFasterThanTheyAreRead() throws IOException {
        int all = 1000;
        AtomicInteger made = new AtomicInteger();
        ServerServiceDefinition service = new Service(RuntimeServiceGrpc.getServiceDescriptor())
                .stream(
                                StatsEncoding.answeringBytes(RuntimeServiceGrpc.getStreamContainersMethod()),
                                request -> IntStream.range(0, all)
                                        .mapToObj(i -> new byte[MessageBatcher.BYTES])
                                        .peek(message -> made.incrementAndGet())
                                        .iterator())
                        .build();
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Path socket = cri.directory.resolve("stream.sock");
        Server server = UnixServers.on(socket, loop).addService(service).build().start();
        ManagedChannel channel = RelayScenario.connect(socket, loop);
        try {
            TappedCall slow = new TappedCall(channel, RUNTIME + "StreamContainers");
            slow.send(ALL);
            slow.call.request(1);
            slow.next();
            // What the windows of HTTP/2 hold, and no more.
            assertTrue(made.get() < all / 2, made.get() + " messages were made for one");

            slow.takeAll();
            assertEquals(Status.Code.OK, slow.code());
            assertEquals(all - 1, slow.messages.size());
        } finally {
            channel.shutdownNow();
            server.shutdownNow();
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            Files.deleteIfExists(socket);
        }
    }

    @Test
    void aBatchIsMadeOnlyWhenTheReaderCanTakeIt() {
        List<Integer> made = new ArrayList<>();
        MessageBatcher batches = new MessageBatcher(IntStream.range(0, 1000)
                .peek(made::add)
                .mapToObj(i -> new byte[MessageBatcher.BYTES / 10])
                .iterator());

        batches.next();
        batches.next();

        // The entry that did not fit is made too.
        assertEquals(21, made.size());
    }

    @Test
    void aReaderThatGivesUpLeavesNothing() {
        add(300, Map.of("large", "x".repeat(10_000)));
        for (int i = 0; i < 20; i++) {
            TappedCall call = new TappedCall(cri.channel, RUNTIME + "StreamContainers");
            call.send(ALL);
            call.call.request(1);
            call.next();
            call.call.cancel("enough", null);
            assertEquals(Status.Code.CANCELLED, call.code());
        }
        assertFalse(stream("StreamContainers", ALL).isEmpty());
    }

    @Test
    void aMistakeOrARequestThatIsNoneEndsTheStreamInAnErrorAndNeverInAnEnd() {
        add(1, Map.of());
        cri.queries.mistake = Optional.of(new IllegalStateException("planted"));
        assertEquals(
                Status.Code.INTERNAL,
                new TappedCall(cri.channel, RUNTIME + "StreamContainerStats")
                        .takeAll()
                        .send(ALL)
                        .code());
        assertEquals(
                Status.Code.INVALID_ARGUMENT,
                new TappedCall(cri.channel, RUNTIME + "StreamContainerStats")
                        .takeAll()
                        .send(NONSENSE)
                        .code());
    }
}
