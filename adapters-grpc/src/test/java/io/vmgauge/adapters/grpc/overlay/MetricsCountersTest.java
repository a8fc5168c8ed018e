package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.domain.usage.Usage;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** CPU counters in metrics, which are whole seconds, over several answers to a reader of metrics only. */
class MetricsCountersTest extends MetricsOverlayFixture {
    /** A life of the relay in which nothing was asked yet. */
    private void unheard() {
        runtimeRuns();
        counted = Optional.empty();
        asked = 0;
        runtimeRuns("aaa");
        assertEquals(1, asked);
    }

    @Test
    void wholeSecondsGoThroughUntilTheRuntimesStatsAreKnown() {
        unheard();
        ContainerMetrics ran = container("aaa", metric(CPU, 8, VM, "total"));
        assertEquals(8, cpuOf(ran));
        assertEquals(2, asked, "who asks for metrics only sees the VM's numbers too");
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(65), 6_000_000_000L));
        assertEquals(8, cpuOf(ran));

        counted = Optional.of(counted(8_700_000_000L));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(70), 7_000_000_000L));
        cpuOf(ran);
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(75), 7_200_000_000L));
        assertEquals(8, cpuOf(ran));
        assertEquals(4, asked);
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(80), 7_600_000_000L));
        assertEquals(9, cpuOf(ran), "8.7 and the 0.4 that the VM used since");
        assertEquals(4, asked);
    }

    @Test
    void whoAsksForMetricsOnlySeesTimeMoveThoughTheVmIsGone() {
        mergedVm();
        queries.remove("aaa");
        counted = Optional.of(counted(5_000_000_000L, after(100)));
        mergedVm();
        assertEquals(9, cpuOf(at(9, after(105))));
        assertEquals(10, cpuOf(at(10, after(110))));
        assertEquals(
                after(110),
                named(
                                merged(pod(at(10, after(110))))
                                        .get(0)
                                        .getContainerMetrics(0)
                                        .getMetricsList(),
                                CPU)
                        .get(0)
                        .getTimestamp());
    }

    private static ContainerMetrics at(long seconds, long time) {
        return container(
                "aaa",
                metric(CPU, seconds, VM, "total").toBuilder().setTimestamp(time).build());
    }

    @Test
    void aRuntimeThatTellsNoCpuTimeHasToldNothing() {
        ContainerMetrics silent = container("aaa", metric("container_last_seen", 9, VM));
        unheard();
        counted = Optional.of(ListContainerStatsResponse.newBuilder()
                .addStats(stats(0, 7).clearCpu())
                .build());
        assertTrue(named(merged(pod(silent)).get(0).getContainerMetrics(0).getMetricsList(), CPU)
                .isEmpty());
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 7_000_000_000L));
        assertEquals(0, cpuOf(silent));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(95), 9_000_000_000L));
        assertEquals(2, cpuOf(silent));
    }

    @Test
    void theSourceStaysWhenTheVmIsNoLongerMeasured() {
        ContainerMetrics before = mergedVm();
        queries.change("aaa", usage -> FakeQueries.NOTHING);

        assertEquals(before, mergedVm());
    }

    @Test
    void countersNeverFallWhenTheVmStartsAnewNorBetweenMetricsAndStats() throws InvalidProtocolBufferException {
        ContainerMetrics ran = container("aaa", metric(CPU, 5, VM, "total"));
        assertEquals(5, cpuOf(ran));
        assertEquals(5_000_000_000L, statsOf("aaa"));

        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 1_500_000_000L));
        assertEquals(5, cpuOf(ran));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(95), 3_000_000_000L));
        assertEquals(6, cpuOf(ran));
        assertEquals(6_500_000_000L, statsOf("aaa"));
    }

    private long cpuOf(ContainerMetrics container) {
        return valueOf(merged(pod(container)).get(0).getContainerMetrics(0), CPU);
    }

    private long statsOf(String id) throws InvalidProtocolBufferException {
        byte[] before = ListContainerStatsResponse.newBuilder()
                .addStats(ContainerStats.newBuilder()
                        .setAttributes(ContainerAttributes.newBuilder().setId(id)))
                .build()
                .toByteArray();
        return ListContainerStatsResponse.parseFrom(overlaid("ListContainerStats", before))
                .getStats(0)
                .getCpu()
                .getUsageCoreNanoSeconds()
                .getValue();
    }

    @Test
    void aMetricThatIsNotYetKnownStaysTheRuntimes() {
        unheard();
        queries.change("aaa", usage -> new Usage(Optional.empty(), usage.memory(), Optional.empty(), Optional.empty()));

        ContainerMetrics after = mergedVm();

        assertEquals(
                List.of(2L, 3L),
                named(after.getMetricsList(), CPU).stream()
                        .map(metric -> metric.getValue().getValue())
                        .toList());
        assertEquals(2048, valueOf(after, MEMORY));
    }

    @Test
    void theMessagesOfOneStreamSayTheSame() {
        UnaryOperator<InputStream> call = overlay.of("runtime.v1.RuntimeService/StreamPodSandboxMetrics");
        byte[] first = OverlayScenario.relayed(call, answer(pod(vms())));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 99_000_000_000L));

        assertArrayEquals(first, OverlayScenario.relayed(call, answer(pod(vms()))));
        assertEquals(99, cpuOf(vms().toBuilder().removeMetrics(1).build()));
    }
}
