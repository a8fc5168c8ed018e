package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricType;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The values of the metrics that vmgauge itself tells: their units, their times, every absence. */
class MetricValuesTest extends MetricsFixture {
    private static final long TAKEN = 1767323105123456789L;

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
                        Map.entry("container_fs_reads_bytes_total vda", 4096L),
                        Map.entry("container_fs_reads_total vda", 4L),
                        Map.entry("container_fs_writes_bytes_total vda", 512L),
                        Map.entry("container_fs_writes_total vda", 5L),
                        Map.entry("container_fs_reads_bytes_total sr0", 2048L),
                        Map.entry("container_fs_reads_total sr0", 2L),
                        Map.entry("container_fs_writes_bytes_total sr0", 0L),
                        Map.entry("container_fs_writes_total sr0", 0L),
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
}
