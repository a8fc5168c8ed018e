package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsRequest;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.DiskUsage;
import io.vmgauge.domain.usage.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What vmgauge by itself tells monitoring: every metric and every label, with its descriptor. */
class MetricsTest extends MetricsFixture {
    private static final Pattern ROW =
            Pattern.compile("\\| `(?<name>[a-z_]+)` \\| (?<type>counter|gauge) \\| (?<labels>[a-z, ]*)\\|.*");

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
    void whatOnlyVmsHaveCanBeLeftOut() {
        try (CriScenario plain = new CriScenario("vm-metrics", "false")) {
            plain.queries.add(
                    FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);

            List<String> names =
                    descriptors(plain).stream().map(MetricDescriptor::getName).toList();

            assertEquals(19, names.size());
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
