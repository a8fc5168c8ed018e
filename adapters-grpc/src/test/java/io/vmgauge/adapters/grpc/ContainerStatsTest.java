package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatsFilter;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.FilesystemUsage;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What containers use: every field, every absence, every filter, every refusal. */
class ContainerStatsTest extends StatsFixture {
    @Test
    void everyNumberArrivesInItsField() {
        ContainerStats stats = container("aaa-1");

        assertEquals("aaa-1", stats.getAttributes().getId());
        assertEquals("vm", stats.getAttributes().getMetadata().getName());
        assertEquals(1, stats.getAttributes().getMetadata().getAttempt());
        assertEquals("web-0", stats.getAttributes().getLabelsOrThrow("io.kubernetes.pod.name"));
        assertEquals(
                Map.of("example.org/note", "grüne \"Woche\""),
                stats.getAttributes().getAnnotationsMap());
        assertEquals(
                CpuUsage.newBuilder()
                        .setTimestamp(TAKEN)
                        .setUsageCoreNanoSeconds(of(5_000_000_000L))
                        .setUsageNanoCores(of(250_000_000L))
                        .build(),
                stats.getCpu());
        assertEquals(
                MemoryUsage.newBuilder()
                        .setTimestamp(TAKEN)
                        .setWorkingSetBytes(of(2048))
                        .setAvailableBytes(of(1024))
                        .setUsageBytes(of(4096))
                        .setRssBytes(of(3072))
                        .setPageFaults(of(17))
                        .setMajorPageFaults(of(3))
                        .build(),
                stats.getMemory());
        assertEquals(
                FilesystemUsage.newBuilder()
                        .setTimestamp(TAKEN)
                        .setUsedBytes(of(8192))
                        .build(),
                stats.getWritableLayer());
        assertFalse(stats.hasSwap());
        assertFalse(stats.hasIo());
    }

    @Test
    void whatIsUnknownIsAbsentAndNeverZero() {
        cri.queries.change("aaa-1", usage -> FakeQueries.NOTHING);

        ContainerStats stats = container("aaa-1");

        assertTrue(stats.hasAttributes());
        assertTrue(stats.getAttributes().hasMetadata());
        assertFalse(stats.hasCpu());
        assertFalse(stats.hasMemory());
        assertFalse(stats.hasWritableLayer());
    }

    @Test
    void aRateIsAbsentUntilItIsKnownAndZeroOnlyWhenMeasured() {
        cri.queries.change("aaa-1", usage -> withRate(OptionalLong.empty()));
        assertFalse(container("aaa-1").getCpu().hasUsageNanoCores());

        cri.queries.change("aaa-1", usage -> withRate(OptionalLong.of(0)));
        assertTrue(container("aaa-1").getCpu().hasUsageNanoCores());
        assertEquals(0, container("aaa-1").getCpu().getUsageNanoCores().getValue());
    }

    private static Usage withRate(OptionalLong rate) {
        return new Usage(
                Optional.of(new io.vmgauge.domain.usage.CpuUsage(FakeQueries.SEEN, 1, rate)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void optionalPartsOfMemoryAreAbsentOneByOne() {
        cri.queries.change(
                "aaa-1",
                usage -> new Usage(
                        Optional.empty(),
                        Optional.of(new io.vmgauge.domain.usage.MemoryUsage(
                                FakeQueries.SEEN,
                                1,
                                OptionalLong.empty(),
                                2,
                                3,
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                Optional.empty())),
                        Optional.empty(),
                        Optional.empty()));

        MemoryUsage memory = container("aaa-1").getMemory();

        assertTrue(memory.hasWorkingSetBytes() && memory.hasUsageBytes() && memory.hasRssBytes());
        assertFalse(memory.hasAvailableBytes() || memory.hasPageFaults() || memory.hasMajorPageFaults());
    }

    @Test
    void theListSaysOfEachContainerJustWhatTheSingleCallSays() {
        List<ContainerStats> list = list(ContainerStatsFilter.newBuilder());

        assertEquals(List.of(container("aaa-1"), container("bbb")), list);
    }

    @Test
    void theListFollowsTheNumbersAndForgetsThePlacementsOfOldVms() {
        list(ContainerStatsFilter.newBuilder());
        cri.queries.change("bbb", usage -> FakeQueries.usage(Instant.ofEpochSecond(9), 99));
        cri.queries.add(
                FakeQueries.placement("pod-a", "web-0", "aaa-1", Map.of("app", "changed")),
                VmState.RUNNING,
                FakeQueries.FULL);

        List<ContainerStats> list = list(ContainerStatsFilter.newBuilder());

        assertEquals("changed", list.get(0).getAttributes().getLabelsOrThrow("app"));
        assertEquals(9_000_000_000L, list.get(1).getCpu().getTimestamp());
        assertEquals(99, list.get(1).getCpu().getUsageCoreNanoSeconds().getValue());
    }

    @Test
    void containersAreFilteredByEveryPartOfTheFilterAtOnce() {
        assertEquals(List.of("aaa-1", "bbb"), ids(ContainerStatsFilter.newBuilder()));
        assertEquals(List.of("aaa-1"), ids(ContainerStatsFilter.newBuilder().setId("aaa-1")));
        assertEquals(List.of("bbb"), ids(ContainerStatsFilter.newBuilder().setId("b")));
        assertEquals(List.of(), ids(ContainerStatsFilter.newBuilder().setId("aaa")), "aaa-1 or aaa-2");
        assertEquals(List.of("bbb"), ids(ContainerStatsFilter.newBuilder().setPodSandboxId("pod-b")));
        assertEquals(
                List.of("bbb"),
                ids(ContainerStatsFilter.newBuilder()
                        .putLabelSelector("app", "db")
                        .putLabelSelector("tier", "back")));
        assertEquals(
                List.of(),
                ids(ContainerStatsFilter.newBuilder()
                        .putLabelSelector("app", "web")
                        .putLabelSelector("tier", "back")));
        assertEquals(
                List.of(), ids(ContainerStatsFilter.newBuilder().setId("aaa-1").setPodSandboxId("pod-b")));
        assertEquals(List.of(), ids(ContainerStatsFilter.newBuilder().setId("zzz")));
        assertEquals(
                2,
                cri.runtime
                        .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                        .getStatsCount());
    }

    @Test
    void aVmThatDoesNotRunIsUnavailableAndLeftOutOfLists() {
        assertEquals(
                "container ccc does not run and so has no stats",
                refused(Status.Code.UNAVAILABLE, () -> container("ccc")));
        assertEquals(
                "pod sandbox pod-c does not run and so has no stats",
                refused(Status.Code.UNAVAILABLE, () -> pod("pod-c")));
        assertFalse(ids(ContainerStatsFilter.newBuilder()).contains("ccc"));
    }

    @Test
    void unknownEmptyAndAmbiguousIdsAreRefusedEachInItsWay() {
        refused(Status.Code.NOT_FOUND, () -> container("zzz"));
        refused(Status.Code.INVALID_ARGUMENT, () -> container(""));
        refused(Status.Code.NOT_FOUND, () -> pod("zzz"));
        refused(Status.Code.INVALID_ARGUMENT, () -> pod(""));
        refused(Status.Code.INVALID_ARGUMENT, () -> pod("pod-"));
        assertEquals("bbb", container("b").getAttributes().getId());
        assertEquals("pod-b", pod("pod-b").getAttributes().getId());
    }

    private List<String> ids(ContainerStatsFilter.Builder filter) {
        return list(filter).stream().map(stats -> stats.getAttributes().getId()).toList();
    }
}
