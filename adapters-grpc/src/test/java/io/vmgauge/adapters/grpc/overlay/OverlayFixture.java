package io.vmgauge.adapters.grpc.overlay;

import com.google.protobuf.UnknownFieldSet;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.Wire;
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
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A relay whose runtime has one pod, and the VMs that a test adds. */
abstract class OverlayFixture {
    static final UnknownFieldSet FUTURE = Wire.future();
    static final long MADE = Timestamps.nanos(FakeQueries.SEEN);
    final FakeQueries queries = new FakeQueries();
    final ContainerBindings bindings = new ContainerBindings(queries);
    int looks;
    /** What the runtime had counted of its containers: as much as the VM. */
    List<ContainerStats> counted = List.of();

    final Overlay overlay = new Overlay(
            queries,
            bindings,
            new MetricsMerge(true),
            then -> looks++,
            then -> {},
            then -> then.accept(
                    ListContainerStatsResponse.newBuilder().addAllStats(counted).build()));

    /** A VM that claims the container "vm" of the pod with the uid "uid-web". */
    void vm(String claimedId, Usage usage) {
        queries.add(FakeQueries.placement("claimed-pod", "web", claimedId, Map.of()), VmState.RUNNING, usage);
    }

    static Container container(String id, String name, long createdAt) {
        return Container.newBuilder()
                .setId(id)
                .setPodSandboxId("pod")
                .setState(ContainerState.CONTAINER_RUNNING)
                .setCreatedAt(createdAt)
                .putLabels("io.kubernetes.pod.uid", "uid-web")
                .putLabels("io.kubernetes.container.name", name)
                .build();
    }

    void runtimeRuns(Container... containers) {
        runtimeRuns(PodSandboxState.SANDBOX_READY, containers);
    }

    void runtimeRuns(PodSandboxState state, Container... containers) {
        ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
        for (Container container : containers) {
            all.addContainers(container);
        }
        counted = Stream.of(containers)
                .map(container -> stats(container.getId(), "vm", VMS))
                .toList();
        overlay.learn(
                all.build(),
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod").setState(state))
                        .build());
    }

    static ContainerStats stats(String id, String name, long cpuNanos) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder()
                        .setId(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName(name))
                        .putLabels("io.kubernetes.pod.uid", "uid-web")
                        .putLabels("io.kubernetes.container.name", name))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(7)
                        .setUsageCoreNanoSeconds(UsageMapping.value(cpuNanos))
                        .setUsageNanoCores(UsageMapping.value(10)))
                .setMemory(MemoryUsage.newBuilder()
                        .setTimestamp(7)
                        .setWorkingSetBytes(UsageMapping.value(100))
                        .setUsageBytes(UsageMapping.value(100))
                        .setRssBytes(UsageMapping.value(100)))
                .setUnknownFields(FUTURE)
                .build();
    }

    byte[] overlaid(String method, byte[] answer) {
        return OverlayScenario.relayed(overlay, method, answer);
    }

    ListContainerStatsResponse list(ContainerStats... stats) {
        ListContainerStatsResponse.Builder all = ListContainerStatsResponse.newBuilder();
        for (ContainerStats each : stats) {
            all.addStats(each);
        }
        try {
            return ListContainerStatsResponse.parseFrom(
                    overlaid("ListContainerStats", all.build().toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long cpuOf(String id) {
        return list(stats(id, "vm", 5))
                .getStats(0)
                .getCpu()
                .getUsageCoreNanoSeconds()
                .getValue();
    }

    static final long VMS = 5_000_000_000L;

    PodSandboxStats pod(LinuxPodSandboxStats linux) {
        PodSandboxStats pod = PodSandboxStats.newBuilder()
                .setAttributes(PodSandboxAttributes.newBuilder().setId("pod"))
                .setLinux(linux)
                .build();
        try {
            return ListPodSandboxStatsResponse.parseFrom(overlaid(
                            "ListPodSandboxStats",
                            ListPodSandboxStatsResponse.newBuilder()
                                    .addStats(pod)
                                    .build()
                                    .toByteArray()))
                    .getStats(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LinuxPodSandboxStats.Builder linux() {
        return LinuxPodSandboxStats.newBuilder()
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(8)
                        .setUsageCoreNanoSeconds(UsageMapping.value(20))
                        .setUsageNanoCores(UsageMapping.value(25)))
                .setMemory(MemoryUsage.newBuilder().setTimestamp(8).setWorkingSetBytes(UsageMapping.value(250)))
                .addContainers(stats("aaa", "vm", 5))
                .addContainers(stats("bbb", "sidecar", 6))
                .setUnknownFields(FUTURE);
    }
}
