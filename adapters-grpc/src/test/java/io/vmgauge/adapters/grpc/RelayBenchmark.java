package io.vmgauge.adapters.grpc;

import io.grpc.Channel;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import io.vmgauge.domain.identity.VmState;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls through the relay beside the same calls without it, in one run; runtime, relay and caller all in this process. Prints; asserts nothing, since time belongs to the machine.
 */
@Tag("benchmark")
class RelayBenchmark {
    private static final String ECHO = "from.the.Future/Echo";
    private static final String LIST = "runtime.v1.RuntimeService/ListContainerStats";
    private static final byte[] NOTHING = {};

    @ParameterizedTest
    @CsvSource({"100, 100, 2000", "204800, 100, 2000", "16777216, 2, 40"})
    void anAnswerOfThatSize(int bytes, int callsPerSecond, int calls) {
        try (RelayScenario relay = new RelayScenario()) {
            byte[] answer = new byte[bytes];
            relay.runtime.answer(ECHO, request -> answer);
            compare("answer of " + bytes + " bytes", relay, ECHO, callsPerSecond, calls);
        }
    }

    @Test
    void statsOf110ContainersOfWhich50AreVms() {
        try (RelayScenario relay = new RelayScenario()) {
            ListContainerStatsResponse.Builder stats = ListContainerStatsResponse.newBuilder();
            ListContainersResponse.Builder containers = ListContainersResponse.newBuilder();
            for (int i = 0; i < 110; i++) {
                String id = String.format(Locale.ROOT, "%064x", i + 1);
                stats.addStats(ContainerStats.newBuilder()
                        .setAttributes(ContainerAttributes.newBuilder()
                                .setId(id)
                                .setMetadata(ContainerMetadata.newBuilder().setName("work"))
                                .putLabels("io.kubernetes.pod.name", "web-" + i)
                                .putLabels("io.kubernetes.pod.uid", "uid-" + i))
                        .setCpu(CpuUsage.newBuilder()
                                .setTimestamp(1)
                                .setUsageCoreNanoSeconds(
                                        UInt64Value.newBuilder().setValue(1))));
                if (i < 50) {
                    relay.queries.add(
                            FakeQueries.placement("p" + i, "web-" + i, id, Map.of()),
                            VmState.RUNNING,
                            FakeQueries.FULL);
                    containers.addContainers(io.vmgauge.adapters.grpc.cri.Container.newBuilder()
                            .setId(id)
                            .setPodSandboxId("pod")
                            .setStateValue(1));
                }
            }
            relay.runtime.answer(LIST, request -> stats.build().toByteArray());
            relay.runtime.answer(
                    "runtime.v1.RuntimeService/ListContainers",
                    request -> containers.build().toByteArray());
            relay.runtime.answer(
                    "runtime.v1.RuntimeService/ListPodSandbox", request -> ListPodSandboxResponse.newBuilder()
                            .addItems(PodSandbox.newBuilder().setId("pod"))
                            .build()
                            .toByteArray());
            compare("stats of 110 containers, 50 of them VMs", relay, LIST, 100, 2000);
        }
    }

    private static void compare(String what, RelayScenario relay, String method, int callsPerSecond, int calls) {
        run(relay.direct, method, callsPerSecond * 4, calls / 2);
        run(relay.through, method, callsPerSecond * 4, calls / 2);
        print(what + ", direct", run(relay.direct, method, callsPerSecond, calls));
        print(what + ", relayed", run(relay.through, method, callsPerSecond, calls));
    }

    private static void print(String what, long[] micros) {
        System.out.printf(
                Locale.ROOT,
                "%s: p50 %d us, p99 %d us, max %d us%n",
                what,
                micros[micros.length / 2],
                micros[micros.length * 99 / 100],
                micros[micros.length - 1]);
    }

    /** Sorted latencies, from when a call began: one caller, at a steady pace. */
    private static long[] run(Channel channel, String method, int callsPerSecond, int calls) {
        long[] micros = new long[calls];
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            long due = start + i * (1_000_000_000L / callsPerSecond);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            long began = System.nanoTime();
            RawCalls.unary(channel, method, NOTHING);
            micros[i] = (System.nanoTime() - began) / 1000;
        }
        Arrays.sort(micros);
        return micros;
    }
}
