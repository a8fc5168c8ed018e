package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import java.util.List;

/** Stats of {@link ThreePodsFixture}. */
abstract class StatsFixture extends ThreePodsFixture {
    static final long TAKEN = 1767323105123456789L;

    static UInt64Value of(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }

    ContainerStats container(String id) {
        return cri.runtime
                .containerStats(
                        ContainerStatsRequest.newBuilder().setContainerId(id).build())
                .getStats();
    }

    List<ContainerStats> list(ContainerStatsFilter.Builder filter) {
        return cri.runtime
                .listContainerStats(
                        ListContainerStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList();
    }

    PodSandboxStats pod(String id) {
        return cri.runtime
                .podSandboxStats(
                        PodSandboxStatsRequest.newBuilder().setPodSandboxId(id).build())
                .getStats();
    }
}
