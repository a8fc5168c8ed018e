package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.Wire;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
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
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;

/** A relay whose runtime has the container "aaa", which is a VM, and tells metrics of it. */
abstract class MetricsOverlayFixture {
    static final long TAKEN = 1767323105123456789L;
    static final String CPU = "container_cpu_usage_seconds_total";
    static final String MEMORY = "container_memory_working_set_bytes";
    static final String DISK = "container_fs_usage_bytes";
    static final String RECEIVED = "container_network_receive_bytes_total";
    // In an order that no runtime has, and with a label that no runtime has yet.
    static final List<String> BASE = List.of("id", "zone", "namespace", "image", "container", "pod");
    static final List<String> VM = List.of("aaa", "z1", "shop", "disk:1", "vm", "web");
    static final List<String> SIDECAR = List.of("bbb", "z1", "shop", "disk:1", "sidecar", "web");
    final FakeQueries queries = new FakeQueries();
    final ContainerBindings bindings = new ContainerBindings(queries);
    int looks;
    ListMetricDescriptorsResponse described = ListMetricDescriptorsResponse.newBuilder()
            .addDescriptors(descriptor("container_last_seen"))
            .addDescriptors(descriptor(MEMORY))
            .addDescriptors(descriptor(CPU, "cpu"))
            .addDescriptors(descriptor(DISK, "device"))
            .addDescriptors(descriptor(RECEIVED, "interface"))
            .build();
    final MetricsMerge merge = new MetricsMerge(true);
    int asked;
    /** The runtime's stats: it had counted as much as the VM; absent while it does not answer. */
    Optional<ListContainerStatsResponse> counted = Optional.of(counted(5_000_000_000L));

    final Overlay overlay =
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

    static ListContainerStatsResponse counted(long nanos) {
        return ListContainerStatsResponse.newBuilder().addStats(stats(nanos, 7)).build();
    }

    static ContainerStats.Builder stats(long nanos, long time) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder().setId("aaa"))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(time)
                        .setUsageCoreNanoSeconds(UInt64Value.newBuilder().setValue(nanos)));
    }

    void runtimeRuns(String... ids) {
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

    static MetricDescriptor descriptor(String name, String... more) {
        return MetricDescriptor.newBuilder()
                .setName(name)
                .setHelp("help")
                .addAllLabelKeys(List.of(more))
                .addAllLabelKeys(BASE)
                .build();
    }

    static Metric metric(String name, long value, List<String> whose, String... more) {
        return Metric.newBuilder()
                .setName(name)
                .setTimestamp(7)
                .setMetricType(name.endsWith("_total") ? MetricType.COUNTER : MetricType.GAUGE)
                .addAllLabelValues(List.of(more))
                .addAllLabelValues(whose)
                .setValue(UInt64Value.newBuilder().setValue(value))
                .setUnknownFields(Wire.future())
                .build();
    }

    static ContainerMetrics container(String id, Metric... metrics) {
        return ContainerMetrics.newBuilder()
                .setContainerId(id)
                .addAllMetrics(List.of(metrics))
                .build();
    }

    static ContainerMetrics vms() {
        return container(
                "aaa",
                metric("container_last_seen", 9, VM),
                metric(CPU, 2, VM, "cpu00"),
                metric(CPU, 3, VM, "total"),
                metric("container_of_the_future", 1, List.of()),
                metric(DISK, 1000, VM, "/"));
    }

    static ContainerMetrics sidecars() {
        return container("bbb", metric("container_last_seen", 9, SIDECAR), metric(CPU, 4, SIDECAR, "total"));
    }

    static PodSandboxMetrics pod(ContainerMetrics... containers) {
        return PodSandboxMetrics.newBuilder()
                .setPodSandboxId("pod")
                .addAllContainerMetrics(List.of(containers))
                .build();
    }

    byte[] overlaid(String method, byte[] answer) {
        return OverlayScenario.relayed(overlay, method, answer);
    }

    static byte[] answer(PodSandboxMetrics... pods) {
        return ListPodSandboxMetricsResponse.newBuilder()
                .addAllPodMetrics(List.of(pods))
                .build()
                .toByteArray();
    }

    List<PodSandboxMetrics> merged(PodSandboxMetrics... pods) {
        try {
            return ListPodSandboxMetricsResponse.parseFrom(overlaid("ListPodSandboxMetrics", answer(pods)))
                    .getPodMetricsList();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    ContainerMetrics mergedVm() {
        return merged(pod(vms())).get(0).getContainerMetrics(0);
    }

    static List<Metric> named(List<Metric> metrics, String name) {
        return metrics.stream().filter(metric -> metric.getName().equals(name)).toList();
    }

    static long valueOf(ContainerMetrics container, String name) {
        List<Metric> all = named(container.getMetricsList(), name);
        assertEquals(1, all.size(), all::toString);
        return all.get(0).getValue().getValue();
    }

    static Stream<Metric> all(PodSandboxMetrics pod) {
        return Stream.concat(
                pod.getMetricsList().stream(),
                pod.getContainerMetricsList().stream().flatMap(container -> container.getMetricsList().stream()));
    }

    static ListContainerStatsResponse counted(long nanos, long time) {
        return ListContainerStatsResponse.newBuilder()
                .addStats(stats(nanos, time))
                .build();
    }

    static long after(int seconds) {
        return Timestamps.nanos(FakeQueries.SEEN.plusSeconds(seconds));
    }
}
