package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ImageSpec;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.MetricType;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The labels and the descriptors of metrics with a VM's values: those of the runtime, in its own order. */
class MetricsLabelsTest extends MetricsOverlayFixture {
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

    /**
     * The container of a pod's own metrics has the name that the runtime gives it: "" in containerd, "POD" in CRI-O.
     */
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
        // The other pod has no metrics of its own, so the name of the first one holds.
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

        assertArrayEquals(
                before, OverlayScenario.relayed(plain.of("runtime.v1.RuntimeService/ListMetricDescriptors"), before));
        byte[] metrics = OverlayScenario.relayed(
                plain.of("runtime.v1.RuntimeService/ListPodSandboxMetrics"), answer(pod(vms())));
        assertFalse(new String(metrics, StandardCharsets.ISO_8859_1).contains("vmgauge_"));
    }
}
