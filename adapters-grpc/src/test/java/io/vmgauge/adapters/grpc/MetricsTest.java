package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsRequest;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.MetricType;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.usage.DiskUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What vmgauge by itself tells monitoring: every metric, every label, every absence. */
class MetricsTest {
    private static final long TAKEN = 1767323105123456789L;
    private static final Pattern ROW =
            Pattern.compile("\\| `(?<name>[a-z_]+)` \\| (?<type>counter|gauge) \\| (?<labels>[a-z, ]*)\\|.*");

    private final CriScenario cri = new CriScenario();

    @BeforeEach
    void twoPods() {
        cri.queries.add(FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        cri.queries.add(FakeQueries.placement("pod-b", "db-0", "bbb", Map.of()), VmState.PAUSED, FakeQueries.NOTHING);
        cri.queries.add(FakeQueries.placement("pod-c", "old-0", "ccc", Map.of()), VmState.STOPPED, FakeQueries.NOTHING);
    }

    @AfterEach
    void close() {
        cri.close();
    }

    private static List<MetricDescriptor> descriptors(CriScenario of) {
        return of.runtime
                .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                .getDescriptorsList();
    }

    private List<PodSandboxMetrics> pods() {
        return cri.runtime
                .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                .getPodMetricsList();
    }

    private static Stream<Metric> metrics(PodSandboxMetrics pod) {
        return Stream.concat(
                pod.getMetricsList().stream(),
                pod.getContainerMetricsList().stream().flatMap(container -> container.getMetricsList().stream()));
    }

    private Map<String, List<String>> keys() {
        return descriptors(cri).stream()
                .collect(Collectors.toMap(MetricDescriptor::getName, MetricDescriptor::getLabelKeysList));
    }

    /** By name and labels, the latter in the order of their names. */
    private Map<String, Long> values(List<Metric> metrics, String... labels) {
        Map<String, Long> values = new HashMap<>();
        for (Metric metric : metrics) {
            List<String> keys = keys().getOrDefault(metric.getName(), List.of());
            String name = metric.getName()
                    + Stream.of(labels)
                            .filter(keys::contains)
                            .map(label -> " " + metric.getLabelValues(keys.indexOf(label)))
                            .collect(Collectors.joining());
            assertEquals(null, values.put(name, metric.getValue().getValue()), name);
        }
        return values;
    }

    @Test
    void everyValueOfEveryKindOfVmFitsItsDescriptorAndComesOnce() {
        Usage full = FakeQueries.FULL;
        List<Usage> kinds = List.of(
                full,
                FakeQueries.NOTHING,
                new Usage(full.cpu(), Optional.empty(), full.network(), Optional.empty()),
                new Usage(Optional.empty(), full.memory(), Optional.empty(), full.disk()),
                new Usage(
                        full.cpu(),
                        full.memory(),
                        full.network(),
                        Optional.of(new DiskUsage(FakeQueries.SEEN, 5, List.of()))));
        for (int i = 0; i < kinds.size(); i++) {
            // Two in a pod, whose interfaces have the same names.
            cri.queries.add(
                    FakeQueries.placement("pod-" + i, "many-" + i, "one-" + i, Map.of()),
                    VmState.RUNNING,
                    kinds.get(i));
            cri.queries.add(FakeQueries.placement("pod-" + i, "many-" + i, "two-" + i, Map.of()), VmState.PAUSED, full);
        }
        Map<String, List<String>> keys = keys();

        Set<List<String>> series = new HashSet<>();
        for (PodSandboxMetrics pod : pods()) {
            metrics(pod).forEach(metric -> {
                assertTrue(metric.hasValue(), metric::toString);
                assertTrue(keys.containsKey(metric.getName()), metric::toString);
                assertEquals(
                        keys.getOrDefault(metric.getName(), List.of()).size(),
                        metric.getLabelValuesCount(),
                        metric::toString);
                assertTrue(
                        List.of("web-0", "db-0", "many-0", "many-1", "many-2", "many-3", "many-4")
                                .contains(metric.getLabelValues(0)),
                        metric::toString);
                assertEquals("shop", metric.getLabelValues(1));
                assertFalse(metric.getLabelValues(2).isEmpty(), metric::toString);
                assertFalse(metric.getLabelValues(3).isEmpty(), metric::toString);
                List<String> one = new ArrayList<>(metric.getLabelValuesList());
                one.add(metric.getName());
                assertTrue(series.add(one), metric::toString);
            });
        }
        assertTrue(series.size() > 200, series.size() + " series");
    }

    @Test
    void descriptorsHaveNamesWordsAndLabelsAndEachIsToldOfAFullVm() {
        List<MetricDescriptor> descriptors = descriptors(cri);
        Set<String> names = descriptors.stream().map(MetricDescriptor::getName).collect(Collectors.toSet());

        assertEquals(descriptors.size(), names.size());
        for (MetricDescriptor each : descriptors) {
            assertTrue(each.getName().matches("(container|vmgauge)_[a-z_]+"), each::getName);
            assertFalse(each.getHelp().isBlank(), each::getName);
            assertEquals(
                    List.of("pod", "namespace", "container", "id", "image"),
                    each.getLabelKeysList().subList(0, 5));
            assertEquals(each.getLabelKeysCount(), new HashSet<>(each.getLabelKeysList()).size());
        }
        assertEquals(names, metrics(pods().get(0)).map(Metric::getName).collect(Collectors.toSet()));
    }

    @Test
    void aContainersMetricsAreItsUsageInTheirUnits() {
        ContainerMetrics container = pods().get(0).getContainerMetrics(0);

        assertEquals("aaa", container.getContainerId());
        Map<String, Long> values = values(container.getMetricsList(), "cpu", "device", "interface");
        assertEquals(
                Map.ofEntries(
                        Map.entry("container_cpu_usage_seconds_total total", 5L),
                        Map.entry("container_memory_working_set_bytes", 2048L),
                        Map.entry("container_memory_usage_bytes", 4096L),
                        Map.entry("container_memory_rss", 3072L),
                        Map.entry("container_fs_usage_bytes /", 8192L),
                        Map.entry("container_last_seen", TAKEN / 1_000_000_000),
                        Map.entry("container_start_time_seconds", FakeQueries.SEEN.getEpochSecond())),
                values.entrySet().stream()
                        .filter(each -> each.getKey().startsWith("container_"))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        assertEquals(
                List.of("web-0", "shop", "vm", "aaa", "debian:12", "total"),
                container.getMetrics(0).getLabelValuesList());
    }

    @Test
    void whatOnlyVmsHaveIsStealTheGuestsMemoryEachDiskAndEachInterface() {
        Map<String, Long> values =
                values(pods().get(0).getContainerMetrics(0).getMetricsList(), "cpu", "device", "interface");
        values.keySet().removeIf(name -> !name.startsWith("vmgauge_"));

        assertEquals(1 + 8 + 1 + 8 * 2, values.size());
        assertEquals(3, values.get("vmgauge_cpu_steal_seconds_total"));
        assertEquals(6144, values.get("vmgauge_memory_balloon_bytes"));
        assertEquals(5120, values.get("vmgauge_guest_memory_bytes"));
        assertEquals(512, values.get("vmgauge_guest_memory_unused_bytes"));
        assertEquals(1536, values.get("vmgauge_guest_memory_usable_bytes"));
        assertEquals(768, values.get("vmgauge_guest_memory_cache_bytes"));
        assertEquals(17, values.get("vmgauge_guest_page_faults_total"));
        assertEquals(3, values.get("vmgauge_guest_major_page_faults_total"));
        assertEquals(8000, values.get("vmgauge_disk_used_bytes vda"));
        assertEquals(192, values.get("vmgauge_disk_used_bytes vdb"));
        assertEquals(100, values.get("vmgauge_network_receive_bytes_total vnet0"));
        assertEquals(20, values.get("vmgauge_network_transmit_bytes_total vnet1"));
    }

    @Test
    void aPodsMetricsAreItsInterfaces() {
        PodSandboxMetrics pod = pods().get(0);

        assertEquals("pod-a", pod.getPodSandboxId());
        Map<String, Long> values = values(pod.getMetricsList(), "interface");
        assertEquals(16, values.size());
        assertEquals(
                Map.of(
                        "container_network_receive_bytes_total vnet0", 100L,
                        "container_network_receive_packets_total vnet0", 1L,
                        "container_network_receive_errors_total vnet0", 11L,
                        "container_network_receive_packets_dropped_total vnet0", 5L,
                        "container_network_transmit_bytes_total vnet0", 200L,
                        "container_network_transmit_packets_total vnet0", 2L,
                        "container_network_transmit_errors_total vnet0", 22L,
                        "container_network_transmit_packets_dropped_total vnet0", 6L),
                values.entrySet().stream()
                        .filter(each -> each.getKey().endsWith("vnet0"))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
        assertEquals(
                List.of("web-0", "shop", "POD", "pod-a", "", "vnet0"),
                pod.getMetrics(0).getLabelValuesList());
    }

    @Test
    void typesAndTimesAreTheSamplesOwn() {
        metrics(pods().get(0)).forEach(metric -> {
            MetricType type = metric.getName().endsWith("_total") ? MetricType.COUNTER : MetricType.GAUGE;
            assertEquals(type, metric.getMetricType(), metric::getName);
            // A start does not age.
            long time = metric.getName().equals("container_start_time_seconds") ? 0 : TAKEN;
            assertEquals(time, metric.getTimestamp(), metric::getName);
        });
    }

    @Test
    void whatIsUnknownHasNoSampleAndWhatDoesNotRunNoEntry() {
        List<PodSandboxMetrics> pods = pods();

        assertEquals(
                List.of("pod-a", "pod-b"),
                pods.stream().map(PodSandboxMetrics::getPodSandboxId).toList());
        assertEquals(
                List.of("container_start_time_seconds"),
                metrics(pods.get(1)).map(Metric::getName).toList());
    }

    @Test
    void aGuestThatSaysNonsenseOrNothingIsNotQuoted() {
        GuestMemory liar = new GuestMemory(
                -1,
                OptionalLong.of(-5),
                OptionalLong.empty(),
                OptionalLong.of(1),
                OptionalLong.empty(),
                OptionalLong.empty());
        MemoryUsage memory = new MemoryUsage(
                FakeQueries.SEEN,
                1,
                OptionalLong.empty(),
                2,
                3,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.of(liar));
        cri.queries.change(
                "aaa", usage -> new Usage(Optional.empty(), Optional.of(memory), Optional.empty(), Optional.empty()));

        assertEquals(
                List.of("vmgauge_guest_memory_cache_bytes"),
                metrics(pods().get(0))
                        .map(Metric::getName)
                        .filter(name -> name.startsWith("vmgauge_"))
                        .toList());
    }

    @Test
    void whatOnlyVmsHaveCanBeLeftOut() {
        try (CriScenario plain = new CriScenario("vm-metrics", "false")) {
            plain.queries.add(
                    FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);

            List<String> names =
                    descriptors(plain).stream().map(MetricDescriptor::getName).toList();

            assertEquals(15, names.size());
            assertTrue(names.stream().allMatch(name -> name.startsWith("container_")));
            assertTrue(plain
                    .runtime
                    .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                    .getPodMetricsList()
                    .stream()
                    .flatMap(MetricsTest::metrics)
                    .allMatch(metric -> names.contains(metric.getName())));
        }
    }

    @Test
    void theDescriptorsAreTheSameWhateverRunsAndWhateverIsBroken() {
        List<MetricDescriptor> before = descriptors(cri);
        cri.queries.change("aaa", usage -> FakeQueries.NOTHING);
        cri.queries.mistake = Optional.of(new IllegalStateException("planted"));

        assertEquals(before, descriptors(cri));
    }

    @Test
    void theTableInTheDocumentsIsTheListThatIsServed() throws IOException {
        Map<String, String> written = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("../docs/METRICS.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                String labels = row.group("labels").strip();
                assertEquals(null, written.put(row.group("name"), row.group("type") + " " + labels), line);
            }
        }
        Map<String, String> types = metrics(pods().get(0))
                .collect(Collectors.toMap(
                        Metric::getName,
                        metric -> metric.getMetricType().name().toLowerCase(Locale.ROOT),
                        (a, b) -> a));
        Map<String, String> served = descriptors(cri).stream()
                .collect(Collectors.toMap(
                        MetricDescriptor::getName,
                        each -> types.get(each.getName()) + " "
                                + String.join(", ", each.getLabelKeysList().subList(5, each.getLabelKeysCount()))));

        assertEquals(
                new TreeSet<>(served.entrySet().stream().map(Object::toString).toList()),
                new TreeSet<>(written.entrySet().stream().map(Object::toString).toList()));
    }
}
