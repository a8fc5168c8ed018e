package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.mapping.MetricFamily;
import io.vmgauge.adapters.grpc.mapping.MetricFamily.Point;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import io.vmgauge.adapters.grpc.mapping.MetricsMapping;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runtime's metrics with a VM's values in them, each where the runtime's own descriptors say that it belongs: the
 * order of labels is the runtime's affair. What is told already is replaced and never told twice. What whose labels say,
 * what the VM does not know, and what vmgauge does not know of any VM stays the runtime's. Used on the event loop only.
 */
public final class MetricsMerge {
    private static final Logger log = LoggerFactory.getLogger(MetricsMerge.class);

    /** The labels of metrics, and the labels of containers in which a kubelet says the same. */
    private static final Map<String, String> KUBELETS = Map.of(
            "pod", "io.kubernetes.pod.name",
            "namespace", "io.kubernetes.pod.namespace",
            "container", ContainerBindings.CONTAINER_NAME);

    /** What a pod as a whole has none of. */
    private static final Set<String> OF_CONTAINERS = Set.of("name", "image");

    private final List<MetricFamily<Usage>> ofVms;
    private Map<String, List<String>> keysByName = Map.of();
    private Map<String, Map<String, String>> whoseById = Map.of();
    private boolean hasComplained;
    /** What the runtime calls the container of a pod's own metrics. Until it tells one, no container is named. */
    private String containerOfPods = "";

    /** @param ofVms whether to tell also what only VMs have */
    public MetricsMerge(boolean ofVms) {
        this.ofVms = ofVms ? Metrics.OF_VMS : List.of();
    }

    /** @param runtime all that it may tell of */
    void learn(ListMetricDescriptorsResponse runtime) {
        keysByName = runtime.getDescriptorsList().stream()
                .collect(Collectors.toMap(
                        MetricDescriptor::getName, MetricDescriptor::getLabelKeysList, (one, last) -> last));
    }

    /**
     * Runtimes with short labels do not say whose their metrics are, but their lists do.
     *
     * @param runtime all of its containers
     */
    void learn(ListContainersResponse runtime) {
        whoseById = runtime.getContainersList().stream()
                .collect(Collectors.toMap(Container::getId, MetricsMerge::whose, (one, last) -> last));
    }

    private static Map<String, String> whose(Container container) {
        Map<String, String> labels = new HashMap<>();
        labels.put("id", container.getId());
        labels.put("image", container.getImage().getImage());
        KUBELETS.forEach((key, label) ->
                Optional.ofNullable(container.getLabelsMap().get(label)).ifPresent(value -> labels.put(key, value)));
        return labels;
    }

    /** What is told besides what the runtime tells of; its own if it has that too. */
    ListMetricDescriptorsResponse own() {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(ofVms.stream()
                        .filter(family -> !keysByName.containsKey(family.name()))
                        .map(MetricsMapping::descriptor)
                        .toList())
                .build();
    }

    /** Whether the descriptors are known and the runtime keeps to them; else no label has a meaning. */
    boolean understands(PodSandboxMetrics pod) {
        Optional<Metric> misfit = Stream.concat(
                        pod.getMetricsList().stream(),
                        pod.getContainerMetricsList().stream()
                                .flatMap(container -> container.getMetricsList().stream()))
                .filter(metric -> metric.getLabelValuesCount()
                        != keys(metric).map(List::size).orElse(metric.getLabelValuesCount()))
                .findFirst();
        misfit.ifPresent(this::complain);
        return misfit.isEmpty() && !keysByName.isEmpty();
    }

    private void complain(Metric misfit) {
        if (!hasComplained) {
            hasComplained = true;
            log.warn(
                    "the runtime describes {} with {} labels and tells it with {}, so VMs' values are not put into such"
                            + " metrics, which kubelets drop: update the runtime; this is logged once",
                    SafeText.line(misfit.getName()),
                    keys(misfit).map(List::size).orElse(0),
                    misfit.getLabelValuesCount());
        }
    }

    private Optional<List<String>> keys(Metric metric) {
        return Optional.ofNullable(keysByName.get(metric.getName()));
    }

    /** The CPU time that the runtime tells of a container, in whole seconds, so it used no less. Absent if it told none. */
    Optional<CpuUsage> cpu(ContainerMetrics container) {
        return container.getMetricsList().stream()
                .filter(metric -> metric.getName().equals(Metrics.CPU.name()) && metric.hasValue())
                .max(Comparator.comparing(metric -> metric.getValue().getValue()))
                .map(metric -> new CpuUsage(
                        Instant.ofEpochSecond(0, metric.getTimestamp()),
                        metric.getValue().getValue() * Metrics.SECOND,
                        OptionalLong.empty()));
    }

    /** @param base understood */
    ContainerMetrics container(ContainerMetrics base, Usage vm) {
        Optional<Map<String, String>> whose = whose(base);
        if (whose.isEmpty()) {
            return base;
        }
        ContainerMetrics.Builder merged = base.toBuilder();
        Map<List<String>, Integer> places = new HashMap<>();
        IntStream.range(0, base.getMetricsCount()).forEach(i -> places.put(series(base.getMetrics(i)), i));
        Stream.of(Metrics.OF_CONTAINERS, ofVms).flatMap(List::stream).forEach(family -> keys(family)
                .ifPresent(keys -> family.of(vm)
                        .map(point -> MetricsMapping.metric(family, point, keys, whose.get()))
                        .forEach(metric -> put(metric, merged, places))));
        disk(merged, vm);
        for (int i = merged.getMetricsCount() - 1; i >= 0; i--) {
            // Kubelets crash of one.
            if (!merged.getMetrics(i).hasValue()) {
                merged.removeMetrics(i);
            }
        }
        return merged.build();
    }

    private Optional<List<String>> keys(MetricFamily<?> family) {
        List<String> runtimes = keysByName.get(family.name());
        return runtimes == null && family.name().startsWith(Metrics.OWN_PREFIX)
                ? Optional.of(MetricsMapping.keys(family))
                : Optional.ofNullable(runtimes);
    }

    private static void put(Metric metric, ContainerMetrics.Builder merged, Map<List<String>, Integer> places) {
        Integer place = places.putIfAbsent(series(metric), merged.getMetricsCount());
        if (place == null) {
            merged.addMetrics(metric);
        } else {
            merged.getMetricsBuilder(place).setTimestamp(metric.getTimestamp()).setValue(metric.getValue());
        }
    }

    /** Beside what the runtime counts, as in the stats; nothing where it counts nothing. */
    private static void disk(ContainerMetrics.Builder merged, Usage vm) {
        merged.getMetricsBuilderList().stream()
                .filter(metric -> metric.getName().equals(Metrics.DISK.name()))
                .findFirst()
                .ifPresent(
                        metric -> Metrics.DISK.of(vm).mapToLong(Point::value).forEach(bytes -> metric.getValueBuilder()
                                .setValue(metric.getValue().getValue() + bytes)));
    }

    /**
     * A VM's interfaces, unless the runtime tells of the pod's own: the VM's traffic goes through those too, and readers
     * add up all that a pod has.
     *
     * @param base what the runtime tells, understood
     * @param merged base with what was merged so far
     * @param container one of its containers that is the VM
     */
    void network(PodSandboxMetrics base, PodSandboxMetrics.Builder merged, ContainerMetrics container, Usage vm) {
        Optional<Map<String, String>> whose = whose(container);
        if (whose.isEmpty()) {
            return;
        }
        Map<String, String> pods = pods(base, whose.get());
        for (MetricFamily<Usage> family : Metrics.OF_PODS) {
            boolean isTold = base.getMetricsList().stream()
                    .anyMatch(metric -> metric.getName().equals(family.name()));
            Optional<List<String>> keys = keys(family).filter(known -> !isTold);
            keys.stream()
                    .flatMap(known -> family.of(vm).map(point -> MetricsMapping.metric(family, point, known, pods)))
                    .filter(metric -> merged.getMetricsList().stream()
                            .noneMatch(other -> series(other).equals(series(metric))))
                    .forEach(merged::addMetrics);
        }
    }

    /** Whose a pod's own metrics are: as the runtime says it in others of them, of this pod or of any. */
    private Map<String, String> pods(PodSandboxMetrics base, Map<String, String> container) {
        Map<String, String> labels = labels(base.getMetricsList());
        containerOfPods = labels.getOrDefault("container", containerOfPods);
        Map<String, String> all = new HashMap<>(Map.of(
                "pod", container.getOrDefault("pod", ""),
                "namespace", container.getOrDefault("namespace", ""),
                "container", containerOfPods,
                "id", base.getPodSandboxId()));
        container.forEach((key, value) -> {
            if (!OF_CONTAINERS.contains(key)) {
                all.putIfAbsent(key, value);
            }
        });
        all.putAll(labels);
        return all;
    }

    /** Whose its metrics are: as they say by their labels, else as the runtime's list says. Absent if there are none. */
    private Optional<Map<String, String>> whose(ContainerMetrics container) {
        Map<String, String> labels = labels(container.getMetricsList());
        if (labels.isEmpty()) {
            return Optional.empty();
        }
        whoseById.getOrDefault(container.getContainerId(), Map.of()).forEach(labels::putIfAbsent);
        return Optional.of(labels);
    }

    private Map<String, String> labels(List<Metric> metrics) {
        Map<String, String> labels = new HashMap<>();
        for (Metric metric : metrics) {
            List<String> keys = keys(metric).orElse(List.of());
            for (int i = 0; i < keys.size(); i++) {
                labels.putIfAbsent(keys.get(i), metric.getLabelValues(i));
            }
        }
        return labels;
    }

    private static List<String> series(Metric metric) {
        return Stream.concat(Stream.of(metric.getName()), metric.getLabelValuesList().stream())
                .toList();
    }
}
