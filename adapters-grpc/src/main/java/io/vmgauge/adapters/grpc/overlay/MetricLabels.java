package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.labels.KubernetesLabels;
import io.vmgauge.adapters.grpc.mapping.MetricFamily;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import io.vmgauge.adapters.grpc.mapping.MetricsMapping;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.log.OnceLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The labels of the runtime's metrics: which there are, in which order, and what they say. The runtime's own descriptors
 * decide. Used on the event loop only.
 *
 * <p>Long because what one label says comes from three places: the metric, the lists and the container's own labels.
 */
final class MetricLabels {
    private static final Logger LOG = LoggerFactory.getLogger(MetricLabels.class);

    /** The labels of metrics, and the labels by which a kubelet says the same of containers. */
    private static final Map<String, String> KUBELETS = Map.of(
            "pod", KubernetesLabels.POD_NAME,
            "namespace", KubernetesLabels.POD_NAMESPACE,
            "container", KubernetesLabels.CONTAINER_NAME);

    /** The labels that a pod as a whole does not have. */
    private static final Set<String> OF_CONTAINERS = Set.of("name", "image");

    private Map<String, List<String>> keysByName = Map.of();
    private Map<String, Map<String, String>> whoseById = Map.of();
    private final OnceLog<String> misfits = new OnceLog<>();
    /** What the runtime calls the container of a pod's own metrics. Empty until it tells one. */
    private String containerOfPods = "";

    /** @param runtime the descriptors of all metrics that it may tell */
    void learn(ListMetricDescriptorsResponse runtime) {
        keysByName = runtime.getDescriptorsList().stream()
                .collect(Collectors.toMap(
                        MetricDescriptor::getName, MetricDescriptor::getLabelKeysList, (one, last) -> last));
    }

    /**
     * Learns from the lists whose the metrics are: runtimes with short labels do not say it in the metrics.
     *
     * @param runtime all of its containers
     */
    void learn(ListContainersResponse runtime) {
        whoseById = runtime.getContainersList().stream()
                .collect(Collectors.toMap(Container::getId, MetricLabels::whose, (one, last) -> last));
    }

    private static Map<String, String> whose(Container container) {
        Map<String, String> labels = new HashMap<>();
        labels.put("id", container.getId());
        labels.put("image", container.getImage().getImage());
        KUBELETS.forEach((key, label) ->
                Optional.ofNullable(container.getLabelsMap().get(label)).ifPresent(value -> labels.put(key, value)));
        return labels;
    }

    /** Whether the runtime itself has that metric. */
    boolean describe(MetricFamily<?> family) {
        return keysByName.containsKey(family.name());
    }

    /** Whether the descriptors are known and the runtime keeps to them. Otherwise no label has a meaning. */
    boolean understand(PodSandboxMetrics pod) {
        Optional<Metric> misfit = Stream.concat(
                        pod.getMetricsList().stream(),
                        pod.getContainerMetricsList().stream()
                                .flatMap(container -> container.getMetricsList().stream()))
                .filter(metric -> metric.getLabelValuesCount()
                        != keys(metric).map(List::size).orElse(metric.getLabelValuesCount()))
                .findFirst();
        misfit.ifPresent(this::warn);
        return misfit.isEmpty() && !keysByName.isEmpty();
    }

    private void warn(Metric misfit) {
        if (misfits.begins("labels", "another number")) {
            LOG.warn(
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

    /** The labels of a metric in their order: the runtime's own, else ours if only VMs have it. Absent if nobody has it. */
    Optional<List<String>> keys(MetricFamily<?> family) {
        List<String> runtimes = keysByName.get(family.name());
        return runtimes == null && family.name().startsWith(Metrics.OWN_PREFIX)
                ? Optional.of(MetricsMapping.keys(family))
                : Optional.ofNullable(runtimes);
    }

    /**
     * The labels that say whose a pod's own metrics are. The runtime's own metrics of this pod say it, else those of any
     * pod, else the labels of one of its containers.
     */
    Map<String, String> whose(PodSandboxMetrics base, Map<String, String> container) {
        Map<String, String> told = labels(base.getMetricsList());
        containerOfPods = told.getOrDefault("container", containerOfPods);
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
        all.putAll(told);
        return all;
    }

    /**
     * The labels that say whose a container's metrics are: those that its metrics have, else those that the runtime's list
     * says. Absent if it has no metrics.
     */
    Optional<Map<String, String>> whose(ContainerMetrics container) {
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
}
