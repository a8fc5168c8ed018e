package io.vmgauge.adapters.grpc.overlay;

import com.google.protobuf.Message;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetadata;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.Usage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * One life of the relay's overlay: the container "vm" of the pod "pod" is a VM, the container "sidecar" is none. Times are
 * seconds after {@link FakeQueries#SEEN}.
 */
public final class OverlayScenario {
    private static final String VM_ID = "vm-1";
    private static final String CLAIMED = "vm";
    /** The container it claims, and the names by which it fits others. */
    private static final Placement VM = FakeQueries.placement("claimed", "web", CLAIMED, Map.of());

    final FakeQueries queries = new FakeQueries();
    public final ContainerBindings bindings = new ContainerBindings(queries);
    public final Overlay overlay = new Overlay(
            queries, bindings, new MetricsMerge(true), then -> {}, then -> {}, then -> asked = Optional.of(then));
    /** Waits for the runtime's stats. */
    Optional<Consumer<ListContainerStatsResponse>> asked = Optional.empty();

    public OverlayScenario(Usage usage) {
        vmStarts(7, usage);
    }

    public OverlayScenario runs(String... containers) {
        ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
        for (String id : containers) {
            all.addContainers(Container.newBuilder()
                    .setId(id)
                    .setPodSandboxId("pod")
                    .setState(ContainerState.CONTAINER_RUNNING)
                    .putLabels("io.kubernetes.pod.uid", VM.sandbox().uid())
                    .putLabels("io.kubernetes.container.name", id.startsWith("vm") ? VM.containerName() : id));
        }
        overlay.learn(
                all.build(),
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod").setState(PodSandboxState.SANDBOX_READY))
                        .build());
        return this;
    }

    /** The runtime's stats, which the relay asked for by itself. */
    OverlayScenario hears(ContainerStats.Builder told) {
        asked.orElseThrow()
                .accept(ListContainerStatsResponse.newBuilder().addStats(told).build());
        asked = Optional.empty();
        return this;
    }

    public void vmSays(Usage usage) {
        queries.change(CLAIMED, before -> usage);
    }

    /** It lives that life. */
    void vmStarts(long incarnation, Usage usage) {
        queries.add(VM, VM_ID, incarnation, VmState.RUNNING, usage);
    }

    public static Instant at(double second) {
        return FakeQueries.SEEN.plusNanos((long) (second * 1e9));
    }

    public static long nanos(double second) {
        return Timestamps.nanos(at(second));
    }

    public static Usage cpu(double second, long nanos) {
        return new Usage(
                Optional.of(new io.vmgauge.domain.usage.CpuUsage(at(second), nanos, OptionalLong.of(77))),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** As a runtime tells a container. */
    public static ContainerStats.Builder told(String id, double second, long cpuNanos) {
        return ContainerStats.newBuilder()
                .setAttributes(attributes(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName(id)))
                .setCpu(cpuOf(second, cpuNanos, 10))
                .setMemory(MemoryUsage.newBuilder()
                        .setTimestamp(nanos(second))
                        .setWorkingSetBytes(UsageMapping.value(100))
                        .setAvailableBytes(UsageMapping.value(200))
                        .setPageFaults(UsageMapping.value(300))
                        .setMajorPageFaults(UsageMapping.value(400)));
    }

    public static ContainerAttributes.Builder attributes(String id) {
        return ContainerAttributes.newBuilder().setId(id).putLabels("io.kubernetes.container.name", id);
    }

    static CpuUsage.Builder cpuOf(double second, long nanos, long rate) {
        return CpuUsage.newBuilder()
                .setTimestamp(nanos(second))
                .setUsageCoreNanoSeconds(UsageMapping.value(nanos))
                .setUsageNanoCores(UsageMapping.value(rate));
    }

    /** As a runtime tells the pod. */
    public static LinuxPodSandboxStats.Builder pod(double second, long cpuNanos, ContainerStats.Builder... containers) {
        LinuxPodSandboxStats.Builder pod = LinuxPodSandboxStats.newBuilder()
                .setCpu(cpuOf(second, cpuNanos, 25))
                .setMemory(MemoryUsage.newBuilder()
                        .setTimestamp(nanos(second))
                        .setWorkingSetBytes(UsageMapping.value(250))
                        .setAvailableBytes(UsageMapping.value(200))
                        .setPageFaults(UsageMapping.value(300))
                        .setMajorPageFaults(UsageMapping.value(400)));
        for (ContainerStats.Builder container : containers) {
            pod.addContainers(container);
        }
        return pod;
    }

    /** What becomes of a container that the runtime tells so. */
    public ContainerStats relayed(ContainerStats.Builder told) {
        try {
            return ListContainerStatsResponse.parseFrom(relayed(
                            "ListContainerStats",
                            ListContainerStatsResponse.newBuilder()
                                    .addStats(told)
                                    .build()))
                    .getStats(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public LinuxPodSandboxStats relayed(LinuxPodSandboxStats.Builder told) {
        PodSandboxStats pod = PodSandboxStats.newBuilder()
                .setAttributes(PodSandboxAttributes.newBuilder()
                        .setId("pod")
                        .setMetadata(PodSandboxMetadata.newBuilder().setName("web")))
                .setLinux(told)
                .build();
        try {
            return ListPodSandboxStatsResponse.parseFrom(relayed(
                            "ListPodSandboxStats",
                            ListPodSandboxStatsResponse.newBuilder()
                                    .addStats(pod)
                                    .build()))
                    .getStats(0)
                    .getLinux();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] relayed(String method, Message answer) {
        return relayed(overlay, method, answer.toByteArray());
    }

    /** What becomes of the answer of one call. */
    public static byte[] relayed(Overlay overlay, String method, byte[] answer) {
        return relayed(overlay.of("runtime.v1.RuntimeService/" + method), answer);
    }

    /** What becomes of one message of a call that goes on. */
    public static byte[] relayed(UnaryOperator<InputStream> call, byte[] answer) {
        try {
            return call.apply(new ByteArrayInputStream(answer)).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
