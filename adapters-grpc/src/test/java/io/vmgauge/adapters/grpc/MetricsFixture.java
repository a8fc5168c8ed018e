package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsRequest;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server with two pods that run and one that does not. */
abstract class MetricsFixture {
    final CriScenario cri = new CriScenario();

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

    static List<MetricDescriptor> descriptors(CriScenario of) {
        return of.runtime
                .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                .getDescriptorsList();
    }

    List<PodSandboxMetrics> pods() {
        return cri.runtime
                .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                .getPodMetricsList();
    }

    static Stream<Metric> metrics(PodSandboxMetrics pod) {
        return Stream.concat(
                pod.getMetricsList().stream(),
                pod.getContainerMetricsList().stream().flatMap(container -> container.getMetricsList().stream()));
    }

    Map<String, List<String>> keys() {
        return descriptors(cri).stream()
                .collect(Collectors.toMap(MetricDescriptor::getName, MetricDescriptor::getLabelKeysList));
    }
}
