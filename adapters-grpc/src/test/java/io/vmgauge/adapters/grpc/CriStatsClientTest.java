package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.util.JsonFormat;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.StatsClient;
import io.vmgauge.ports.spi.StatsReport;
import io.vmgauge.ports.spi.StatsRow;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client of the command line, on this server, on others, and on files that are no server. */
class CriStatsClientTest {
    private final Path directory;

    CriStatsClientTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private Path socket() {
        return directory.resolve("cri.sock");
    }

    private static StatsReport read(Path socket) {
        try (StatsClient client = new CriProvider().connect(socket)) {
            return client.read();
        }
    }

    private static String failure(Path socket) {
        String words = String.valueOf(
                assertThrows(EndpointException.class, () -> read(socket)).getMessage());
        assertFalse(words.contains("\n"), words);
        return words;
    }

    @Test
    void aRowHasAllThatThisServerSays() {
        try (CriScenario cri = new CriScenario()) {
            cri.queries.add(
                    FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
            cri.queries.add(
                    FakeQueries.placement("pod-b", "db-0", "bbb", Map.of()), VmState.RUNNING, FakeQueries.NOTHING);

            StatsReport report = read(cri.socket);

            assertEquals(
                    List.of(
                            new StatsRow(
                                    "shop",
                                    "web-0",
                                    "vm",
                                    "aaa",
                                    Optional.of(FakeQueries.SEEN.plusSeconds(60)),
                                    OptionalLong.of(5_000_000_000L),
                                    OptionalLong.of(250_000_000L),
                                    OptionalLong.of(2048),
                                    OptionalLong.of(8192),
                                    OptionalLong.of(110),
                                    OptionalLong.of(220)),
                            new StatsRow(
                                    "shop",
                                    "db-0",
                                    "vm",
                                    "bbb",
                                    Optional.empty(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty(),
                                    OptionalLong.empty())),
                    report.rows());
        }
    }

    @Test
    void theJsonIsTheAnswerInProtobufsOwnForm() throws IOException {
        try (CriScenario cri = new CriScenario()) {
            cri.queries.add(
                    FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);

            String json = read(cri.socket).json();

            assertTrue(json.contains("\"usageCoreNanoSeconds\""), json);
            ListContainerStatsResponse.Builder parsed = ListContainerStatsResponse.newBuilder();
            JsonFormat.parser().merge(json, parsed);
            assertEquals(
                    cri.runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance()), parsed.build());
        }
    }

    @Test
    void aClientMayReadManyTimes() {
        try (CriScenario cri = new CriScenario();
                StatsClient client = new CriProvider().connect(cri.socket)) {
            assertEquals(0, client.read().rows().size());
            cri.queries.add(
                    FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
            assertEquals(1, client.read().rows().size());
        }
    }

    @Test
    void aRuntimeThatLabelsNoStatsAndHasNoPodStatsIsReadAsFarAsItGoes() throws IOException {
        try (OtherServer other = new OtherServer(socket(), new OldRuntime())) {
            StatsRow row = read(other.path()).rows().get(0);

            assertEquals("kube-system", row.namespace());
            assertEquals("coredns", row.pod());
            assertEquals("dns", row.container());
            assertEquals(OptionalLong.empty(), row.receivedBytes());
        }
    }

    /** A runtime that names its pods in ListContainers only. */
    private static final class OldRuntime extends RuntimeServiceGrpc.RuntimeServiceImplBase {
        @Override
        public void listContainerStats(
                ListContainerStatsRequest request, StreamObserver<ListContainerStatsResponse> caller) {
            caller.onNext(ListContainerStatsResponse.newBuilder()
                    .addStats(ContainerStats.newBuilder()
                            .setAttributes(ContainerAttributes.newBuilder()
                                    .setId("ccc")
                                    .setMetadata(ContainerMetadata.newBuilder().setName("dns"))))
                    .build());
            caller.onCompleted();
        }

        @Override
        public void listContainers(ListContainersRequest request, StreamObserver<ListContainersResponse> caller) {
            caller.onNext(ListContainersResponse.newBuilder()
                    .addContainers(Container.newBuilder()
                            .setId("ccc")
                            .putLabels("io.kubernetes.pod.name", "coredns")
                            .putLabels("io.kubernetes.pod.namespace", "kube-system"))
                    .build());
            caller.onCompleted();
        }
    }

    @Test
    void aServerWithoutCriIsSaidToBeNone() throws IOException {
        try (OtherServer other = new OtherServer(socket(), new ImageServiceGrpc.ImageServiceImplBase() {})) {
            String words = failure(other.path());

            assertTrue(words.startsWith(socket() + " is no CRI runtime, or has no stats: "), words);
        }
    }

    @Test
    void aMissingSocketIsSaidToBeMissing() {
        assertEquals("no socket at " + socket() + ": is vmgauge serve running there? see --socket", failure(socket()));
    }

    @Test
    void aFileThatIsNoSocketIsSaidToBeNone() throws IOException {
        Files.createFile(socket());

        assertEquals(socket() + " is not a socket: see --socket", failure(socket()));
    }

    @Test
    void aSocketWhoseServerDiedIsSaidToBeDeserted() throws IOException {
        try (ServerSocketChannel crashed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            crashed.bind(UnixDomainSocketAddress.of(socket()));
        }

        assertEquals(
                "nobody listens on " + socket() + " any more: start vmgauge serve again, or see --socket",
                failure(socket()));
    }

    @Test
    void aServerThatSaysNothingIsNotWaitedForLong() throws IOException {
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket()));

            assertEquals(socket() + " did not answer within 3 s", failure(socket()));
        }
    }

    @Test
    void aPathThatIsTooLongIsSaidToBe() {
        String words = failure(Path.of("/tmp/" + "s".repeat(200)));

        assertTrue(words.contains("it has more than 106 bytes"), words);
    }

    @Test
    void aServerThatCameBackIsReadAgain() {
        Path socket = socket();
        ReferenceSettings settings = CriSection.at(socket.toString());
        try (StatsClient client = new CriProvider().connect(socket)) {
            new CriProvider().serve(new FakeQueries(), settings).close();
            assertThrows(EndpointException.class, client::read);
            var endpoint = new CriProvider().serve(new FakeQueries(), settings);
            assertEquals(0, client.read().rows().size());
            endpoint.close();
            assertThrows(EndpointException.class, client::read);
            var again = new CriProvider().serve(new FakeQueries(), settings);
            assertEquals(0, client.read().rows().size());
            again.close();
        }
    }

    private static final class OtherServer implements AutoCloseable {
        private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final Path path;
        private final Server server;

        OtherServer(Path path, BindableService service) throws IOException {
            this.path = path;
            this.server = UnixServers.on(path, loop).addService(service).build().start();
        }

        Path path() {
            return path;
        }

        @Override
        public void close() {
            server.shutdownNow();
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
