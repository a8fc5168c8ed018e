package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of the runtime's metrics where a container is a VM, and which answers stay the bytes that came. */
class MetricsOverlayTest extends MetricsOverlayFixture {
    @Test
    void whatIsToldIsReplacedWhereItStandsAndTheRestStays() {
        ContainerMetrics before = vms();
        ContainerMetrics after = mergedVm();

        assertEquals(before.getMetrics(0), after.getMetrics(0));
        assertEquals(before.getMetrics(1), after.getMetrics(1));
        assertEquals(
                before.getMetrics(2).toBuilder()
                        .setTimestamp(TAKEN)
                        .setValue(UInt64Value.newBuilder().setValue(5))
                        .build(),
                after.getMetrics(2));
        assertEquals(before.getMetrics(3), after.getMetrics(3));
        assertEquals(2, named(after.getMetricsList(), CPU).size());
    }

    @Test
    void nothingIsToldTwiceHoweverOftenItGoesThrough() {
        PodSandboxMetrics once = merged(pod(vms(), sidecars())).get(0);
        described = described.toBuilder()
                .addAllDescriptors(merge.own().getDescriptorsList())
                .build();
        PodSandboxMetrics twice = merged(once).get(0);

        assertEquals(
                once.getContainerMetrics(0).getMetricsCount(),
                twice.getContainerMetrics(0).getMetricsCount());
        for (PodSandboxMetrics each : List.of(once, twice)) {
            Set<List<String>> series = new HashSet<>();
            all(each).forEach(metric -> {
                List<String> one = new ArrayList<>(metric.getLabelValuesList());
                one.add(metric.getName());
                assertTrue(series.add(one), metric::toString);
            });
        }
    }

    @Test
    void neighboursStayTheBytesTheyWereAndNothingIsAddedDroppedOrReordered() {
        PodSandboxMetrics other = pod(sidecars());
        PodSandboxMetrics mixed = pod(sidecars(), vms(), sidecars());

        List<PodSandboxMetrics> after = merged(other, mixed, other);

        assertEquals(3, after.size());
        assertEquals(other.toByteString(), after.get(0).toByteString());
        assertEquals(3, after.get(1).getContainerMetricsCount());
        assertEquals(sidecars(), after.get(1).getContainerMetrics(0));
        assertEquals(sidecars(), after.get(1).getContainerMetrics(2));
        assertEquals(other, after.get(2));
    }

    @Test
    void aContainerThatIsNotBoundOrNoLongerRunsIsTheOriginalBytes() {
        byte[] before = answer(pod(container("ccc", metric(CPU, 4, SIDECAR, "total"))));
        assertArrayEquals(before, overlaid("ListPodSandboxMetrics", before));

        runtimeRuns();
        byte[] dead = answer(pod(vms()));
        assertArrayEquals(dead, overlaid("ListPodSandboxMetrics", dead));
    }

    @Test
    void everyScrapeLooksAgainAtWhatRuns() {
        merged(pod(vms()));
        merged(pod(vms()));
        assertEquals(2, looks);
    }

    @Test
    void anAnswerWhoseLabelsHaveNoMeaningIsTheOriginalBytes() {
        byte[] wrong = answer(pod(container("aaa", metric("container_last_seen", 9, VM, "one too many"))));
        assertArrayEquals(wrong, overlaid("ListPodSandboxMetrics", wrong));

        described = ListMetricDescriptorsResponse.getDefaultInstance();
        byte[] undescribed = answer(pod(vms()));
        assertArrayEquals(undescribed, overlaid("ListPodSandboxMetrics", undescribed));
    }

    @Test
    void anAnswerWhoseOverlayFailsIsTheOriginalBytes() {
        byte[] garbage = {10, 127, 1};
        assertArrayEquals(garbage, overlaid("ListPodSandboxMetrics", garbage));
        assertArrayEquals(garbage, overlaid("ListMetricDescriptors", garbage));

        queries.mistake = Optional.of(new IllegalStateException("planted"));
        byte[] before = answer(pod(vms()));
        assertArrayEquals(before, overlaid("ListPodSandboxMetrics", before));
    }

    @Test
    void damagedAnswersAreOverlaidAsFarAsTheyAreAnswersAndElseStayAsTheyAre() {
        Random random = new Random(20261124);
        byte[] whole = answer(pod(sidecars(), vms()));
        int damaged = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] answer = whole.clone();
            for (int k = 0; k <= random.nextInt(4); k++) {
                answer[random.nextInt(answer.length)] = (byte) random.nextInt();
            }
            byte[] after = overlaid("ListPodSandboxMetrics", answer);
            if (!isAnswer(answer) || !isAnswer(after)) {
                damaged++;
                assertArrayEquals(answer, after, "round " + i);
            }
        }
        assertTrue(damaged > 500 && damaged < 4500, damaged + " were damaged beyond understanding");
    }

    private static boolean isAnswer(byte[] bytes) {
        try {
            return ListPodSandboxMetricsResponse.parseFrom(bytes).isInitialized();
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    @Test
    void aContainerOfWhichTheRuntimeTellsNothingStaysSo() {
        byte[] nothing = answer(pod(container("aaa")));
        assertArrayEquals(nothing, overlaid("ListPodSandboxMetrics", nothing));
    }

    @Test
    void diskIsTheRuntimesWithTheVmsAndNothingWhereTheRuntimeCountsNothing() {
        ContainerMetrics after = mergedVm();
        assertEquals(1000 + 8192, valueOf(after, DISK));
        assertEquals(7, named(after.getMetricsList(), DISK).get(0).getTimestamp());

        ContainerMetrics without = merged(pod(container("aaa", metric(CPU, 3, VM, "total"))))
                .get(0)
                .getContainerMetrics(0);
        assertTrue(named(without.getMetricsList(), DISK).isEmpty());
    }

    @Test
    void anOverlaidContainerHasNoMetricWithoutAValue() {
        Metric without = metric("container_of_the_future", 1, VM).toBuilder()
                .clearValue()
                .build();
        List<Metric> after = merged(pod(container("aaa", without, metric(CPU, 3, VM, "total"), without)))
                .get(0)
                .getContainerMetrics(0)
                .getMetricsList();

        assertTrue(after.stream().allMatch(Metric::hasValue), after::toString);
        assertEquals(CPU, after.get(0).getName());
    }
}
