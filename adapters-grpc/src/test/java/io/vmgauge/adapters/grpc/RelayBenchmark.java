package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls through the relay beside the same calls without it, in turns of a few calls each, so that other work of the
 * machine meets both. The relay has a JVM of its own with the options that it is shipped with; runtime and caller are
 * in this one, for direct calls too. It prints latencies and their ratios. It asserts that VMs are overlaid, but no
 * times: they depend on the machine.
 */
@Tag("benchmark")
class RelayBenchmark {
    private static final String ECHO = "from.the.Future/Echo";
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final byte[] NOTHING = {};
    private static final int CONTAINERS = 110;
    private static final int VMS = 50;
    private static final int TURNS = 20;

    private final Path directory = CriScenario.temporaryDirectory();
    private final FakeRuntime runtime = new FakeRuntime(directory.resolve("runtime"));
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<ShippedServer> relays = new ArrayList<>();
    private final Channel direct = connected(runtime.socket);

    RelayBenchmark() {
        runtime.start();
    }

    @AfterEach
    void close() throws IOException {
        channels.forEach(ManagedChannel::shutdownNow);
        relays.forEach(ShippedServer::close);
        runtime.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        for (int i = 0; i < relays.size(); i++) {
            Files.deleteIfExists(directory.resolve("relay-" + i));
            // What it told outlives it.
            Files.deleteIfExists(directory.resolve("relay-" + i + ".served"));
        }
        Files.delete(directory);
    }

    private Channel connected(Path socket) {
        ManagedChannel channel = RelayScenario.connect(socket, loop);
        channels.add(channel);
        return channel;
    }

    private Channel relay(int vms) {
        Path socket = directory.resolve("relay-" + relays.size());
        relays.add(ShippedServer.on(socket, vms, "upstream=unix://" + runtime.socket));
        return connected(socket);
    }

    @ParameterizedTest
    @CsvSource({"100, 100, 2000, 1.5, 2.0", "204800, 100, 2000, 1.5, 2.0", "16777216, 2, 40, 1.3, 1.3"})
    void anAnswerOfThatSize(int bytes, int callsPerSecond, int calls, double targetP50, double targetP99) {
        byte[] answer = new byte[bytes];
        runtime.answer(ECHO, request -> answer);
        Map<String, Channel> ways = new LinkedHashMap<>();
        ways.put("direct", direct);
        ways.put("relayed", relay(0));

        Map<String, long[]> micros = inTurns("answer of " + bytes + " bytes", ways, ECHO, callsPerSecond, calls);

        for (int percent : new int[] {50, 99}) {
            System.out.printf(
                    Locale.ROOT,
                    "  p%d ratio %.2f (target: at most %.1f)%n",
                    percent,
                    (double) percentile(micros, "relayed", percent) / percentile(micros, "direct", percent),
                    percent == 50 ? targetP50 : targetP99);
        }
    }

    /** Before and with the feature gate a kubelet asks for one of these, and so both are measured. */
    @ParameterizedTest
    @CsvSource({"ListContainerStats", "ListPodSandboxStats"})
    void statsOf110ContainersOfWhich50AreVms(String method) throws InvalidProtocolBufferException {
        runs110();
        Channel without = relay(0);
        Channel with = relay(VMS);
        Map<String, Channel> ways = new LinkedHashMap<>();
        ways.put("direct", direct);
        ways.put("relayed without VMs", without);
        ways.put("relayed with VMs", with);
        assertEquals(0, overlaid(without, method));
        assertEquals(VMS, overlaid(with, method));

        Map<String, long[]> micros =
                inTurns(method + " of 110 containers, 50 of them VMs", ways, RUNTIME + method, 100, 2000);

        assertEquals(VMS, overlaid(with, method));
        for (int percent : new int[] {50, 99}) {
            System.out.printf(
                    Locale.ROOT,
                    "  the overlay adds %d us to p%d%s%n",
                    percentile(micros, "relayed with VMs", percent)
                            - percentile(micros, "relayed without VMs", percent),
                    percent,
                    percent == 99 ? " (target: at most 2000)" : "");
        }
    }

    private static long overlaid(Channel way, String method) throws InvalidProtocolBufferException {
        byte[] answer = RawCalls.unary(way, RUNTIME + method, NOTHING);
        List<ContainerStats> containers = method.equals("ListContainerStats")
                ? ListContainerStatsResponse.parseFrom(answer).getStatsList()
                : ListPodSandboxStatsResponse.parseFrom(answer).getStatsList().stream()
                        .flatMap(pod -> pod.getLinux().getContainersList().stream())
                        .toList();
        assertEquals(CONTAINERS, containers.size());
        return containers.stream()
                // The runtime tells no resident set, and a VM has one.
                .filter(one -> one.getMemory().hasRssBytes())
                .count();
    }

    /** Each container in a pod of its own; the first ones are VMs. */
    private void runs110() {
        ListContainerStatsResponse.Builder stats = ListContainerStatsResponse.newBuilder();
        ListPodSandboxStatsResponse.Builder podStats = ListPodSandboxStatsResponse.newBuilder();
        ListContainersResponse.Builder containers = ListContainersResponse.newBuilder();
        ListPodSandboxResponse.Builder pods = ListPodSandboxResponse.newBuilder();
        for (int i = 0; i < CONTAINERS; i++) {
            String id = ServerProgram.container(i);
            ContainerStats one = stats(id, i);
            stats.addStats(one);
            podStats.addStats(PodSandboxStats.newBuilder()
                    .setAttributes(PodSandboxAttributes.newBuilder().setId("pod-" + i))
                    .setLinux(LinuxPodSandboxStats.newBuilder()
                            .setCpu(one.getCpu())
                            .setMemory(one.getMemory())
                            .addContainers(one)));
            containers.addContainers(
                    Container.newBuilder().setId(id).setPodSandboxId("pod-" + i).setStateValue(1));
            pods.addItems(PodSandbox.newBuilder().setId("pod-" + i));
        }
        answer("ListContainerStats", stats.build());
        answer("ListPodSandboxStats", podStats.build());
        answer("ListContainers", containers.build());
        answer("ListPodSandbox", pods.build());
    }

    private static ContainerStats stats(String id, int number) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder()
                        .setId(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName("work"))
                        .putLabels("io.kubernetes.container.name", "work")
                        .putLabels("io.kubernetes.pod.name", "web-" + number)
                        .putLabels("io.kubernetes.pod.namespace", "shop")
                        .putLabels("io.kubernetes.pod.uid", "uid-of-" + number))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(1)
                        .setUsageCoreNanoSeconds(UInt64Value.newBuilder().setValue(1)))
                .setMemory(MemoryUsage.newBuilder()
                        .setTimestamp(1)
                        .setWorkingSetBytes(UInt64Value.newBuilder().setValue(1 << 20)))
                .build();
    }

    private void answer(String method, Message answer) {
        byte[] bytes = answer.toByteArray();
        runtime.answer(RUNTIME + method, request -> bytes);
    }

    /** Sorted latencies of each way, after some calls that do not count. */
    private static Map<String, long[]> inTurns(
            String what, Map<String, Channel> ways, String method, int callsPerSecond, int calls) {
        Map<String, long[]> micros = new LinkedHashMap<>();
        ways.forEach((way, channel) -> run(channel, method, callsPerSecond * 4, calls / 2));
        for (int turn = 0; turn < TURNS; turn++) {
            ways.forEach((way, channel) ->
                    micros.merge(way, run(channel, method, callsPerSecond, calls / TURNS), RelayBenchmark::joined));
        }
        micros.values().forEach(Arrays::sort);
        micros.keySet()
                .forEach(way -> System.out.printf(
                        Locale.ROOT,
                        "%s, %s: p50 %d us, p99 %d us, max %d us%n",
                        what,
                        way,
                        percentile(micros, way, 50),
                        percentile(micros, way, 99),
                        percentile(micros, way, 100)));
        return micros;
    }

    private static long[] joined(long[] some, long[] more) {
        return LongStream.concat(Arrays.stream(some), Arrays.stream(more)).toArray();
    }

    private static long percentile(Map<String, long[]> micros, String way, int percent) {
        long[] sorted = micros.getOrDefault(way, new long[0]);
        return sorted[(sorted.length * percent + 99) / 100 - 1];
    }

    /** Latencies, from when a call began: one caller, at a steady pace. */
    private static long[] run(Channel channel, String method, int callsPerSecond, int calls) {
        long[] micros = new long[calls];
        Pace pace = new Pace(callsPerSecond);
        for (int i = 0; i < calls; i++) {
            pace.await(i);
            long began = System.nanoTime();
            RawCalls.unary(channel, method, NOTHING);
            micros[i] = (System.nanoTime() - began) / 1000;
        }
        return micros;
    }
}
