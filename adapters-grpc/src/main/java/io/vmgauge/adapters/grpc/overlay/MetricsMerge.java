package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.mapping.MetricFamily;
import io.vmgauge.adapters.grpc.mapping.MetricFamily.Point;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import io.vmgauge.adapters.grpc.mapping.MetricsMapping;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The runtime's metrics with a VM's values in them. {@link MetricLabels} says which labels a value has. A series that
 * the runtime has gets the VM's value; no series is there twice. A metric that is not known of the VM stays the
 * runtime's, and so does every metric that vmgauge does not know. Used on the event loop only.
 *
 * <p>Long because disks, block I/O and interfaces have a rule each.
 */
public final class MetricsMerge {
    private final List<MetricFamily<Usage>> ofVms;
    private final MetricLabels labels = new MetricLabels();

    /** @param ofVms whether to tell also what only VMs have */
    public MetricsMerge(boolean ofVms) {
        this.ofVms = ofVms ? Metrics.OF_VMS : List.of();
    }

    void learn(ListMetricDescriptorsResponse runtime) {
        labels.learn(runtime);
    }

    void learn(ListContainersResponse runtime) {
        labels.learn(runtime);
    }

    /** Whether the labels of these metrics have a meaning; else they must stay as they are. */
    boolean understands(PodSandboxMetrics pod) {
        return labels.understand(pod);
    }

    /** The descriptors of what only VMs have. Those that the runtime has itself are left out. */
    ListMetricDescriptorsResponse own() {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(ofVms.stream()
                        .filter(family -> !labels.describe(family))
                        .map(MetricsMapping::descriptor)
                        .toList())
                .build();
    }

    /**
     * The CPU time that the runtime tells of a container, in whole seconds: it used at least that. Absent if it tells
     * none.
     */
    Optional<CpuUsage> cpu(ContainerMetrics container) {
        return container.getMetricsList().stream()
                .filter(metric -> metric.getName().equals(Metrics.CPU.name()) && metric.hasValue())
                .max(Comparator.comparing(metric -> metric.getValue().getValue()))
                .map(metric -> new CpuUsage(
                        Timestamps.instant(metric.getTimestamp()),
                        metric.getValue().getValue() * Metrics.SECOND,
                        OptionalLong.empty()));
    }

    /** @param base understood */
    ContainerMetrics container(ContainerMetrics base, Usage vm) {
        Optional<Map<String, String>> whose = labels.whose(base);
        if (whose.isEmpty()) {
            return base;
        }
        ContainerMetrics.Builder merged = base.toBuilder();
        Map<List<String>, Integer> places = new HashMap<>();
        IntStream.range(0, base.getMetricsCount()).forEach(i -> places.put(series(base.getMetrics(i)), i));
        // What a VM reads and writes passes the devices of which the runtime tells, too.
        Stream<MetricFamily<Usage>> io =
                Metrics.BLOCK_IO.stream().filter(family -> !isTold(base.getMetricsList(), family));
        Stream.of(Metrics.OF_CONTAINERS.stream(), io, ofVms.stream())
                .flatMap(each -> each)
                .forEach(family -> labels.keys(family).ifPresent(keys -> family.of(vm)
                        .map(point -> MetricsMapping.metric(family, point, keys, whose.get()))
                        .forEach(metric -> put(metric, merged, places))));
        disk(merged, vm);
        removeWithoutValue(merged);
        return merged.build();
    }

    /** A metric without a value makes kubelets crash. */
    private static void removeWithoutValue(ContainerMetrics.Builder merged) {
        for (int i = merged.getMetricsCount() - 1; i >= 0; i--) {
            if (!merged.getMetrics(i).hasValue()) {
                merged.removeMetrics(i);
            }
        }
    }

    private static void put(Metric metric, ContainerMetrics.Builder merged, Map<List<String>, Integer> places) {
        Integer place = places.putIfAbsent(series(metric), merged.getMetricsCount());
        if (place == null) {
            merged.addMetrics(metric);
        } else {
            merged.getMetricsBuilder(place).setTimestamp(metric.getTimestamp()).setValue(metric.getValue());
        }
    }

    /**
     * Adds the VM's disks to what the runtime counts, as in the stats. Where the runtime counts nothing, nothing is
     * added.
     */
    private static void disk(ContainerMetrics.Builder merged, Usage vm) {
        merged.getMetricsBuilderList().stream()
                .filter(metric -> metric.getName().equals(Metrics.DISK.name()))
                .findFirst()
                .ifPresent(
                        metric -> Metrics.DISK.of(vm).mapToLong(Point::value).forEach(bytes -> metric.getValueBuilder()
                                .setValue(metric.getValue().getValue() + bytes)));
    }

    /**
     * Adds a VM's interfaces to its pod, unless the runtime tells of the pod's own. The VM's traffic goes through those
     * too, and readers add up all interfaces of a pod.
     *
     * @param base what the runtime tells, understood
     * @param merged base with what was merged so far
     * @param container one of its containers that is the VM
     */
    void network(PodSandboxMetrics base, PodSandboxMetrics.Builder merged, ContainerMetrics container, Usage vm) {
        Optional<Map<String, String>> whose = labels.whose(container);
        if (whose.isEmpty()) {
            return;
        }
        Map<String, String> pods = labels.whose(base, whose.get());
        for (MetricFamily<Usage> family : Metrics.OF_PODS) {
            Optional<List<String>> keys = labels.keys(family).filter(known -> !isTold(base.getMetricsList(), family));
            keys.stream()
                    .flatMap(known -> family.of(vm).map(point -> MetricsMapping.metric(family, point, known, pods)))
                    .filter(metric -> merged.getMetricsList().stream()
                            .noneMatch(other -> series(other).equals(series(metric))))
                    .forEach(merged::addMetrics);
        }
    }

    private static boolean isTold(List<Metric> runtimes, MetricFamily<?> family) {
        return runtimes.stream().anyMatch(metric -> metric.getName().equals(family.name()));
    }

    private static List<String> series(Metric metric) {
        return Stream.concat(Stream.of(metric.getName()), metric.getLabelValuesList().stream())
                .toList();
    }
}
