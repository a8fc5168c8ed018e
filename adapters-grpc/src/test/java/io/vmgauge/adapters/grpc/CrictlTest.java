package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerFilter;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStateValue;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import io.vmgauge.domain.identity.VmState;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What crictl does, call by call, with crictl's own checks. This stands for crictl where it cannot be installed. It
 * does not prove that crictl works.
 */
class CrictlTest {
    private final CriScenario cri = new CriScenario();

    @BeforeEach
    void connect() {
        for (String id : List.of("aaa", "bbb")) {
            cri.queries.add(
                    FakeQueries.placement("pod-" + id, "web-" + id, id, Map.of()), VmState.RUNNING, FakeQueries.FULL);
        }
        // Every command begins so.
        VersionResponse version = cri.runtime.version(VersionRequest.getDefaultInstance());
        assertFalse(version.getVersion().isEmpty() || version.getRuntimeName().isEmpty());
        assertFalse(version.getRuntimeVersion().isEmpty()
                || version.getRuntimeApiVersion().isEmpty());
    }

    @AfterEach
    void close() {
        cri.close();
    }

    @Test
    void crictlStatsLooksTwiceOneSecondApartAndFailsIfAnyCpuTimestampStoodStill() {
        // A filter that is there and empty.
        ListContainerStatsRequest request = ListContainerStatsRequest.newBuilder()
                .setFilter(ContainerStatsFilter.getDefaultInstance())
                .build();
        Map<String, ContainerStats> first = byId(request);

        // The round that the first look woke; a second later for the clock of the samples.
        for (String id : first.keySet()) {
            cri.queries.change(id, usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(61), 5_250_000_000L));
        }
        Map<String, ContainerStats> second = byId(request);

        assertEquals(first.keySet(), second.keySet());
        second.forEach((id, now) -> {
            ContainerStats before = Objects.requireNonNull(first.get(id));
            long elapsed = now.getCpu().getTimestamp() - before.getCpu().getTimestamp();
            assertTrue(elapsed > 0, "cpu stat is not updated during sample");
            long used = now.getCpu().getUsageCoreNanoSeconds().getValue()
                    - before.getCpu().getUsageCoreNanoSeconds().getValue();
            assertEquals(25.0, 100.0 * used / elapsed);
        });
    }

    private Map<String, ContainerStats> byId(ListContainerStatsRequest request) {
        return cri.runtime.listContainerStats(request).getStatsList().stream()
                .collect(Collectors.toMap(stats -> stats.getAttributes().getId(), Function.identity()));
    }

    @Test
    void crictlPsAsksForImagesToo() {
        cri.images.imageFsInfo(ImageFsInfoRequest.getDefaultInstance());
        List<Container> running = cri.runtime
                .listContainers(ListContainersRequest.newBuilder()
                        .setFilter(ContainerFilter.newBuilder()
                                .setState(ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING)))
                        .build())
                .getContainersList();

        assertEquals(2, running.size());
        assertTrue(running.stream().allMatch(Container::hasMetadata));
    }

    @Test
    void crictlInfoWantsTwoConditions() {
        StatusResponse status =
                cri.runtime.status(StatusRequest.newBuilder().setVerbose(true).build());

        assertTrue(status.getStatus().getConditionsCount() >= 2);
    }
}
