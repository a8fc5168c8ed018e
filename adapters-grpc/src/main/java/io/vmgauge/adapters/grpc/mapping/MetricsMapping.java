package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.mapping.MetricFamily.Point;
import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Domain to CRI: usage as metrics. A value is never absent: kubelets crash without one. */
public final class MetricsMapping {
    /** The labels that every metric has, in containerd's order; CRI-O has the same in another. */
    static final List<String> WHOSE = List.of("pod", "namespace", "container", "id", "image");

    /** The container's name in the metrics of a pod as a whole, as cAdvisor and CRI-O have it. */
    static final String WHOLE_POD = "POD";

    private final List<MetricFamily<Usage>> ofContainers;

    /** @param ofVms whether to tell also what only VMs have */
    public MetricsMapping(boolean ofVms) {
        ofContainers = Stream.of(
                        Metrics.OF_CONTAINERS,
                        List.of(Metrics.DISK, Metrics.LAST_SEEN),
                        Metrics.BLOCK_IO,
                        ofVms ? Metrics.OF_VMS : List.<MetricFamily<Usage>>of())
                .flatMap(List::stream)
                .toList();
    }

    /**
     * The descriptors of all metrics that {@link #pod} may tell. They never change: kubelets ask once in their life.
     */
    public List<MetricDescriptor> descriptors() {
        return Stream.of(ofContainers, Metrics.OF_PODS, List.of(Metrics.START_TIME))
                .<MetricFamily<?>>flatMap(List::stream)
                .map(MetricsMapping::descriptor)
                .toList();
    }

    public static MetricDescriptor descriptor(MetricFamily<?> family) {
        return MetricDescriptor.newBuilder()
                .setName(family.name())
                .setHelp(family.help())
                .addAllLabelKeys(keys(family))
                .build();
    }

    public static List<String> keys(MetricFamily<?> family) {
        return Stream.concat(WHOSE.stream(), family.keys().stream()).toList();
    }

    /**
     * A pod with the metrics of its containers.
     *
     * @param known the VMs of the pod's containers, as far as they still are
     */
    public PodSandboxMetrics pod(SandboxUsage usage, Map<ContainerId, KnownVm> known) {
        PodSandboxMetrics.Builder pod = PodSandboxMetrics.newBuilder()
                .setPodSandboxId(usage.sandbox().id().value());
        Map<String, String> whole = whose(usage.sandbox());
        for (MetricFamily<Usage> family : Metrics.OF_PODS) {
            // Each interface is told once, with the values of the first VM that has it.
            Set<List<String>> told = new HashSet<>();
            usage.containers().stream()
                    .flatMap(container -> family.of(container.usage()))
                    .filter(point -> told.add(point.labels()))
                    .forEach(point -> pod.addMetrics(metric(family, point, keys(family), whole)));
        }
        usage.containers().forEach(each -> pod.addContainerMetrics(container(each, known)));
        return pod.build();
    }

    private ContainerMetrics container(ContainerUsage usage, Map<ContainerId, KnownVm> known) {
        Placement placement = usage.placement();
        Map<String, String> whose = whose(placement);
        ContainerMetrics.Builder container = ContainerMetrics.newBuilder()
                .setContainerId(placement.container().value());
        for (MetricFamily<Usage> family : ofContainers) {
            family.of(usage.usage()).forEach(point -> container.addMetrics(metric(family, point, keys(family), whose)));
        }
        Stream.ofNullable(known.get(placement.container()))
                .flatMap(Metrics.START_TIME::of)
                .forEach(point ->
                        container.addMetrics(metric(Metrics.START_TIME, point, keys(Metrics.START_TIME), whose)));
        return container.build();
    }

    private static Map<String, String> whose(PodSandbox sandbox) {
        return Map.of(
                "pod", sandbox.name(),
                "namespace", sandbox.namespace(),
                "container", WHOLE_POD,
                "id", sandbox.id().value());
    }

    private static Map<String, String> whose(Placement placement) {
        Map<String, String> labels = new HashMap<>(whose(placement.sandbox()));
        labels.put("container", placement.containerName());
        labels.put("id", placement.container().value());
        labels.put("image", placement.image());
        return labels;
    }

    /**
     * One sample.
     *
     * @param keys the labels in the descriptor's order
     * @param whose the values of the labels that say whose it is; an unknown one is empty, which Prometheus takes for
     *     absent
     */
    public static Metric metric(MetricFamily<?> family, Point point, List<String> keys, Map<String, String> whose) {
        Metric.Builder metric = Metric.newBuilder()
                .setName(family.name())
                .setTimestamp(point.takenAt())
                .setMetricType(family.type())
                .setValue(UsageMapping.value(point.value()));
        for (String key : keys) {
            int own = family.keys().indexOf(key);
            metric.addLabelValues(own >= 0 ? point.labels().get(own) : whose.getOrDefault(key, ""));
        }
        return metric.build();
    }
}
