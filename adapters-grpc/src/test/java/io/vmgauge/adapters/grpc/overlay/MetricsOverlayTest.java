package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.ImageSpec;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.MetricType;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.Usage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the runtime's metrics where a container is a VM. */
class MetricsOverlayTest {
    private static final long TAKEN = 1767323105123456789L;
    private static final String CPU = "container_cpu_usage_seconds_total";
    private static final String MEMORY = "container_memory_working_set_bytes";
    private static final String DISK = "container_fs_usage_bytes";
    private static final String RECEIVED = "container_network_receive_bytes_total";
    // In an order that is nobody's, and with a label that nobody has yet.
    private static final List<String> BASE = List.of("id", "zone", "namespace", "image", "container", "pod");
    private static final List<String> VM = List.of("aaa", "z1", "shop", "disk:1", "vm", "web");
    private static final List<String> SIDECAR = List.of("bbb", "z1", "shop", "disk:1", "sidecar", "web");

    private final FakeQueries queries = new FakeQueries();
    private final ContainerBindings bindings = new ContainerBindings(queries);
    private int looks;
    private ListMetricDescriptorsResponse described = ListMetricDescriptorsResponse.newBuilder()
            .addDescriptors(descriptor("container_last_seen"))
            .addDescriptors(descriptor(MEMORY))
            .addDescriptors(descriptor(CPU, "cpu"))
            .addDescriptors(descriptor(DISK, "device"))
            .addDescriptors(descriptor(RECEIVED, "interface"))
            .build();
    private final MetricsMerge merge = new MetricsMerge(true);
    private int asked;
    /** The runtime's stats: it had counted as much as the VM; absent while it does not answer. */
    private Optional<ListContainerStatsResponse> counted = Optional.of(counted(5_000_000_000L));

    private final Overlay overlay =
            new Overlay(queries, bindings, merge, then -> looks++, then -> then.accept(described), then -> {
                asked++;
                counted.ifPresent(then);
            });

    @BeforeEach
    void aVm() {
        queries.add(
                FakeQueries.placement("claimed-pod", "claimed", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        runtimeRuns("aaa");
    }

    private static ListContainerStatsResponse counted(long nanos) {
        return ListContainerStatsResponse.newBuilder().addStats(stats(nanos, 7)).build();
    }

    private static ContainerStats.Builder stats(long nanos, long time) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder().setId("aaa"))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(time)
                        .setUsageCoreNanoSeconds(UInt64Value.newBuilder().setValue(nanos)));
    }

    private void runtimeRuns(String... ids) {
        ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
        for (String id : ids) {
            all.addContainers(
                    Container.newBuilder().setId(id).setPodSandboxId("pod").setState(ContainerState.CONTAINER_RUNNING));
        }
        overlay.learn(
                all.build(),
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod").setState(PodSandboxState.SANDBOX_READY))
                        .build());
    }

    private static MetricDescriptor descriptor(String name, String... more) {
        return MetricDescriptor.newBuilder()
                .setName(name)
                .setHelp("help")
                .addAllLabelKeys(List.of(more))
                .addAllLabelKeys(BASE)
                .build();
    }

    private static Metric metric(String name, long value, List<String> whose, String... more) {
        return Metric.newBuilder()
                .setName(name)
                .setTimestamp(7)
                .setMetricType(name.endsWith("_total") ? MetricType.COUNTER : MetricType.GAUGE)
                .addAllLabelValues(List.of(more))
                .addAllLabelValues(whose)
                .setValue(UInt64Value.newBuilder().setValue(value))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                900,
                                UnknownFieldSet.Field.newBuilder()
                                        .addLengthDelimited(ByteString.copyFromUtf8("from 2030"))
                                        .build())
                        .build())
                .build();
    }

    private static ContainerMetrics container(String id, Metric... metrics) {
        return ContainerMetrics.newBuilder()
                .setContainerId(id)
                .addAllMetrics(List.of(metrics))
                .build();
    }

    private static ContainerMetrics vms() {
        return container(
                "aaa",
                metric("container_last_seen", 9, VM),
                metric(CPU, 2, VM, "cpu00"),
                metric(CPU, 3, VM, "total"),
                metric("container_of_the_future", 1, List.of()),
                metric(DISK, 1000, VM, "/"));
    }

    private static ContainerMetrics sidecars() {
        return container("bbb", metric("container_last_seen", 9, SIDECAR), metric(CPU, 4, SIDECAR, "total"));
    }

    private static PodSandboxMetrics pod(ContainerMetrics... containers) {
        return PodSandboxMetrics.newBuilder()
                .setPodSandboxId("pod")
                .addAllContainerMetrics(List.of(containers))
                .build();
    }

    private byte[] overlaid(String method, byte[] answer) {
        return rewritten(overlay.of("runtime.v1.RuntimeService/" + method), answer);
    }

    private static byte[] rewritten(UnaryOperator<InputStream> call, byte[] answer) {
        try {
            return call.apply(new ByteArrayInputStream(answer)).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] answer(PodSandboxMetrics... pods) {
        return ListPodSandboxMetricsResponse.newBuilder()
                .addAllPodMetrics(List.of(pods))
                .build()
                .toByteArray();
    }

    private List<PodSandboxMetrics> merged(PodSandboxMetrics... pods) {
        try {
            return ListPodSandboxMetricsResponse.parseFrom(overlaid("ListPodSandboxMetrics", answer(pods)))
                    .getPodMetricsList();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private ContainerMetrics mergedVm() {
        return merged(pod(vms())).get(0).getContainerMetrics(0);
    }

    private static List<Metric> named(List<Metric> metrics, String name) {
        return metrics.stream().filter(metric -> metric.getName().equals(name)).toList();
    }

    private static long valueOf(ContainerMetrics container, String name) {
        List<Metric> all = named(container.getMetricsList(), name);
        assertEquals(1, all.size(), all::toString);
        return all.get(0).getValue().getValue();
    }

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
    void whatIsMissingIsAddedWithTheRuntimesLabelsInTheRuntimesOrder() {
        List<Metric> added = named(mergedVm().getMetricsList(), MEMORY);

        assertEquals(1, added.size());
        assertEquals(VM, added.get(0).getLabelValuesList());
        assertEquals(2048, added.get(0).getValue().getValue());
        assertEquals(TAKEN, added.get(0).getTimestamp());
        assertEquals(MetricType.GAUGE, added.get(0).getMetricType());
    }

    @Test
    void whatTheRuntimeDoesNotDescribeIsNotTold() {
        assertTrue(named(mergedVm().getMetricsList(), "container_memory_rss").isEmpty());
    }

    @Test
    void whatOnlyVmsHaveComesWithOurLabelsAndTheRuntimesValuesOfThem() {
        Metric balloon = named(mergedVm().getMetricsList(), "vmgauge_memory_balloon_bytes")
                .get(0);

        assertEquals(6144, balloon.getValue().getValue());
        assertEquals(List.of("web", "shop", "vm", "aaa", "disk:1"), balloon.getLabelValuesList());
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

    private static Stream<Metric> all(PodSandboxMetrics pod) {
        return Stream.concat(
                pod.getMetricsList().stream(),
                pod.getContainerMetricsList().stream().flatMap(container -> container.getMetricsList().stream()));
    }

    @Test
    void everyValueFitsItsDescriptor() {
        ListMetricDescriptorsResponse descriptors = descriptors(described);
        Map<String, Integer> keys = descriptors.getDescriptorsList().stream()
                .collect(Collectors.toMap(MetricDescriptor::getName, MetricDescriptor::getLabelKeysCount));

        all(merged(pod(vms(), sidecars())).get(0))
                .filter(metric -> !metric.getName().equals("container_of_the_future"))
                .forEach(metric -> {
                    assertEquals(keys.get(metric.getName()), metric.getLabelValuesCount(), metric::toString);
                    assertTrue(metric.hasValue(), metric::toString);
                });
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
    void interfacesAreToldOnlyWhereTheRuntimeTellsOfNone() {
        List<Metric> alone = merged(pod(vms())).get(0).getMetricsList();
        assertEquals(2, alone.size());
        assertEquals(
                List.of("vnet0", "pod", "z1", "shop", "", "", "web"),
                alone.get(0).getLabelValuesList());
        assertEquals(100, alone.get(0).getValue().getValue());

        PodSandboxMetrics own = pod(vms()).toBuilder()
                .addMetrics(metric(RECEIVED, 55, VM, "eth0"))
                .build();
        assertEquals(own.getMetricsList(), merged(own).get(0).getMetricsList());
    }

    /** The container of what is a pod's as a whole is called as the runtime calls it: "" by containerd, "POD" by CRI-O. */
    @ParameterizedTest
    @ValueSource(strings = {"", "POD"})
    void aPodsInterfacesNameTheContainerAsTheRuntimeDoesInItsOwn(String habit) {
        List<String> whole = List.of("pod", "z9", "shop", "", habit, "web");
        described = described.toBuilder()
                .addDescriptors(descriptor("container_network_transmit_bytes_total", "interface"))
                .build();
        PodSandboxMetrics telling = pod(vms()).toBuilder()
                .addMetrics(metric(RECEIVED, 55, whole, "eth0"))
                .build();

        List<PodSandboxMetrics> after = merged(telling, pod(vms()));

        List<Metric> sent = named(after.get(0).getMetricsList(), "container_network_transmit_bytes_total");
        assertEquals(2, sent.size());
        assertEquals(
                List.of("vnet0", "pod", "z9", "shop", "", habit, "web"),
                sent.get(0).getLabelValuesList());
        assertEquals(200, sent.get(0).getValue().getValue());
        // The other pod tells none of its own: it goes by what was learned of the first.
        assertEquals(
                List.of("vnet0", "pod", "z1", "shop", "", habit, "web"),
                named(after.get(1).getMetricsList(), RECEIVED).get(0).getLabelValuesList());
    }

    /** CRI-O before July 2026: cri-o pull requests 9784 and 10173. */
    @Test
    void aRuntimeWithThreeLabelsIsOverlaidByThemAndItsListSaysWhoseTheRestIs() {
        threeLabels();
        List<String> whose = List.of("aaa", "k8s_vm_web-0_shop", "img");
        PodSandboxMetrics after =
                merged(pod(container("aaa", metric(MEMORY, 4096, whose)))).get(0);

        ContainerMetrics vm = after.getContainerMetrics(0);
        assertEquals(2048, valueOf(vm, MEMORY));
        assertEquals(whose, named(vm.getMetricsList(), MEMORY).get(0).getLabelValuesList());
        assertEquals(
                List.of("web-0", "shop", "vm", "aaa", "img"),
                named(vm.getMetricsList(), "vmgauge_memory_balloon_bytes")
                        .get(0)
                        .getLabelValuesList());
        assertEquals(
                List.of("vnet0", "pod", "", ""),
                named(after.getMetricsList(), RECEIVED).get(0).getLabelValuesList());
        vm.getMetricsList().stream()
                .filter(metric -> metric.getName().startsWith("vmgauge_"))
                .forEach(metric -> assertEquals(
                        List.of("web-0", "shop", "vm"),
                        metric.getLabelValuesList().subList(0, 3),
                        metric::toString));
    }

    @Test
    void aRuntimeThatTellsMoreLabelsThanItDescribesIsLeftAlone() {
        threeLabels();
        byte[] four = answer(pod(container("aaa", metric(MEMORY, 4096, List.of("aaa", "name", "img", "memory")))));

        assertArrayEquals(four, overlaid("ListPodSandboxMetrics", four));
    }

    private void threeLabels() {
        List<String> keys = List.of("id", "name", "image");
        MetricDescriptor.Builder plain = MetricDescriptor.newBuilder().setHelp("help");
        described = ListMetricDescriptorsResponse.newBuilder()
                .addDescriptors(plain.clone().setName(MEMORY).addAllLabelKeys(keys))
                .addDescriptors(plain.clone()
                        .setName(RECEIVED)
                        .addLabelKeys("interface")
                        .addAllLabelKeys(keys))
                .build();
        merge.learn(ListContainersResponse.newBuilder()
                .addContainers(Container.newBuilder()
                        .setId("aaa")
                        .setPodSandboxId("pod")
                        .setImage(ImageSpec.newBuilder().setImage("registry/img:1"))
                        .putAllLabels(Map.of(
                                "io.kubernetes.pod.name", "web-0",
                                "io.kubernetes.pod.namespace", "shop",
                                "io.kubernetes.container.name", "vm")))
                .build());
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

    private static ListContainerStatsResponse counted(long nanos, long time) {
        return ListContainerStatsResponse.newBuilder()
                .addStats(stats(nanos, time))
                .build();
    }

    private static long after(int seconds) {
        return Timestamps.nanos(FakeQueries.SEEN.plusSeconds(seconds));
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

    private ListMetricDescriptorsResponse descriptors(ListMetricDescriptorsResponse runtimes) {
        try {
            return ListMetricDescriptorsResponse.parseFrom(overlaid("ListMetricDescriptors", runtimes.toByteArray()));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void ourDescriptorsFollowTheRuntimesAndOnlyThoseWithOurPrefix() {
        List<MetricDescriptor> all = descriptors(described).getDescriptorsList();

        assertEquals(described.getDescriptorsList(), all.subList(0, 5));
        assertTrue(all.subList(5, all.size()).stream()
                .allMatch(each -> each.getName().startsWith("vmgauge_")));
        assertEquals(Metrics.OF_VMS.size(), all.size() - 5);
        queries.change("aaa", usage -> FakeQueries.NOTHING);
        runtimeRuns();
        assertEquals(all, descriptors(described).getDescriptorsList());
    }

    @Test
    void aDescriptorThatTheRuntimeHasIsNotToldTwice() {
        ListMetricDescriptorsResponse both = descriptors(described);
        assertEquals(both, descriptors(both));
    }

    @Test
    void withoutWhatOnlyVmsHaveTheDescriptorsAreTheOriginalBytes() {
        Overlay plain = new Overlay(queries, bindings, new MetricsMerge(false), then -> {}, then -> {}, then -> {});
        byte[] before = described.toByteArray();

        assertArrayEquals(before, rewritten(plain.of("runtime.v1.RuntimeService/ListMetricDescriptors"), before));
        byte[] metrics = rewritten(plain.of("runtime.v1.RuntimeService/ListPodSandboxMetrics"), answer(pod(vms())));
        assertFalse(new String(metrics, StandardCharsets.ISO_8859_1).contains("vmgauge_"));
    }

    @Test
    void theMessagesOfOneStreamSayTheSame() {
        UnaryOperator<InputStream> call = overlay.of("runtime.v1.RuntimeService/StreamPodSandboxMetrics");
        byte[] first = rewritten(call, answer(pod(vms())));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 99_000_000_000L));

        assertArrayEquals(first, rewritten(call, answer(pod(vms()))));
        assertEquals(99, cpuOf(vms().toBuilder().removeMetrics(1).build()));
    }
}
