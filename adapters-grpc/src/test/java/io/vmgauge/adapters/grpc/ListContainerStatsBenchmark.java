package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.ManagedChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.domain.identity.VmState;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * ListContainerStats over the socket, parsed by the client, at a steady 50 calls a second. The client has a JVM of its
 * own, as a real one has a process of its own: it makes several times the server's garbage. It prints times and asserts
 * none: they depend on the machine.
 */
@Tag("benchmark")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListContainerStatsBenchmark {
    private static final int CALLS_PER_SECOND = 50;
    private static final int WARM_UP = 6 * CALLS_PER_SECOND;
    private static final int MEASURED = 20 * CALLS_PER_SECOND;

    @ParameterizedTest
    @ValueSource(ints = {110, 1000})
    void answersAreQuick(int containers) throws Exception {
        try (CriScenario cri = serving(containers)) {
            measure(cri, containers + " containers");
        }
    }

    private static CriScenario serving(int containers) {
        CriScenario cri = new CriScenario();
        for (int i = 0; i < containers; i++) {
            String name = "web-" + i;
            String id = String.format(Locale.ROOT, "%064x", i + 0xabcdef0000L);
            cri.queries.add(
                    FakeQueries.placement("pod" + id, name, id, labels(name)), VmState.RUNNING, FakeQueries.FULL);
        }
        return cri;
    }

    private static void measure(CriScenario cri, String what) throws Exception {
        ListContainerStatsResponse one = RuntimeServiceGrpc.newBlockingStub(cri.channel)
                .listContainerStats(ListContainerStatsRequest.getDefaultInstance());
        Process client = client(cri.socket);
        try (BufferedReader says = client.inputReader(StandardCharsets.UTF_8)) {
            String warm = says.readLine();
            long before = serverMillis();
            String latencies = says.readLine();
            long serverMicros = (serverMillis() - before) * 1000 / MEASURED;
            assertEquals(0, client.waitFor(), warm);
            System.out.printf(
                    Locale.ROOT,
                    "ListContainerStats, %s, %d bytes, %d calls at %d/s: %s, server CPU %d us a call%n",
                    what,
                    one.getSerializedSize(),
                    MEASURED,
                    CALLS_PER_SECOND,
                    latencies,
                    serverMicros);
        } finally {
            client.destroyForcibly();
        }
    }

    /** The same classes in another process, on the class path, so that modules do not matter. */
    private static Process client(Path socket) throws IOException, URISyntaxException {
        Path classes = Path.of(CriProvider.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        String path = String.join(
                File.pathSeparator,
                classes.resolveSibling("test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        path,
                        ListContainerStatsBenchmark.class.getName(),
                        socket.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The client. It prints a line when it is warm, and another when it is done. */
    public static void main(String[] arguments) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        ManagedChannel channel = CriScenario.connect(Path.of(arguments[0]), loop);
        RuntimeServiceBlockingStub runtime = RuntimeServiceGrpc.newBlockingStub(channel);
        run(runtime, WARM_UP);
        System.out.println("warm");
        long[] micros = run(runtime, MEASURED);
        System.out.printf(
                Locale.ROOT,
                "p50 %d us, p90 %d us, p99 %d us, max %d us%n",
                micros[MEASURED / 2],
                micros[MEASURED * 9 / 10],
                micros[MEASURED * 99 / 100],
                micros[MEASURED - 1]);
        System.exit(0);
    }

    private static Map<String, String> labels(String name) {
        return IntStream.range(0, 4)
                .boxed()
                .collect(Collectors.toMap(i -> "example.org/label-" + i, i -> name + "-value-" + i));
    }

    /** CPU time of the server's event loop, which says more than latencies on a busy machine. */
    private static long serverMillis() throws IOException {
        long ticks = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.contains("(cri-")) {
                    String[] fields = stat.substring(stat.indexOf(')') + 2).split(" ", -1);
                    ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
                }
            }
        }
        return ticks * 10;
    }

    /** Sorted latencies in microseconds, from when a call was due, so that a late call counts its wait. */
    private static long[] run(RuntimeServiceBlockingStub runtime, int calls) {
        long[] micros = new long[calls];
        Pace pace = new Pace(CALLS_PER_SECOND);
        for (int i = 0; i < calls; i++) {
            long due = pace.await(i);
            runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance());
            micros[i] = (System.nanoTime() - due) / 1000;
        }
        Arrays.sort(micros);
        return micros;
    }
}
