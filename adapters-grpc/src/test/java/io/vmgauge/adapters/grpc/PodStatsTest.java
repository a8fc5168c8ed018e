package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsFilter;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What pods use: every field, every absence, every filter. */
class PodStatsTest extends StatsFixture {
    @Test
    void theListSaysOfEachPodJustWhatTheSingleCallSays() {
        cri.queries.add(
                FakeQueries.placement("pod-b", "db-0", "bbb-2", Map.of()), VmState.RUNNING, FakeQueries.NOTHING);

        List<PodSandboxStats> list = pods(PodSandboxStatsFilter.newBuilder());

        assertEquals(List.of(pod("pod-a"), pod("pod-b")), list);
        assertEquals(2, list.get(1).getLinux().getContainersCount());
    }

    @Test
    void aPodHasItsContainersTheirTotalAndItsNetwork() {
        cri.queries.add(
                FakeQueries.placement("pod-b", "db-0", "bbb-2", Map.of("app", "db", "tier", "back")),
                VmState.RUNNING,
                FakeQueries.FULL);

        PodSandboxStats stats = pod("pod-b");

        assertEquals("db-0", stats.getAttributes().getMetadata().getName());
        assertEquals("shop", stats.getAttributes().getMetadata().getNamespace());
        assertEquals("uid-db-0", stats.getAttributes().getMetadata().getUid());
        assertEquals("db", stats.getAttributes().getLabelsOrThrow("app"));
        LinuxPodSandboxStats linux = stats.getLinux();
        assertEquals(10_000_000_000L, linux.getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(500_000_000L, linux.getCpu().getUsageNanoCores().getValue());
        assertEquals(4096, linux.getMemory().getWorkingSetBytes().getValue());
        assertEquals(List.of(container("bbb"), container("bbb-2")), linux.getContainersList());
        assertFalse(linux.hasProcess());
        assertFalse(linux.hasIo());
        assertEquals(4, linux.getNetwork().getInterfacesCount());
        assertEquals(TAKEN, linux.getNetwork().getTimestamp());
        assertEquals(linux.getNetwork().getInterfaces(0), linux.getNetwork().getDefaultInterface());
        assertEquals(
                NetworkInterfaceUsage.newBuilder()
                        .setName("vnet0")
                        .setRxBytes(of(100))
                        .setRxErrors(of(11))
                        .setTxBytes(of(200))
                        .setTxErrors(of(22))
                        .build(),
                linux.getNetwork().getDefaultInterface());
    }

    @Test
    void noMessageThatKubeletsDereferenceIsEverMissing() {
        cri.queries.change("aaa-1", usage -> FakeQueries.NOTHING);
        cri.queries.change(
                "bbb",
                usage -> new Usage(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new NetworkUsage(FakeQueries.SEEN, List.of())),
                        Optional.empty()));

        for (PodSandboxStats stats : pods(PodSandboxStatsFilter.newBuilder())) {
            assertTrue(stats.hasAttributes() && stats.getAttributes().hasMetadata());
            assertTrue(stats.hasLinux());
            LinuxPodSandboxStats linux = stats.getLinux();
            assertFalse(linux.hasCpu() || linux.hasMemory());
            assertTrue(!linux.hasNetwork() || linux.getNetwork().hasDefaultInterface());
            assertNotEquals(0, linux.getContainersCount());
            assertTrue(linux.getContainersList().stream()
                    .allMatch(c -> c.hasAttributes() && c.getAttributes().hasMetadata()));
        }
    }

    @Test
    void podsAreFilteredByEveryPartOfTheFilterAtOnce() {
        assertEquals(List.of("pod-a", "pod-b"), podIds(PodSandboxStatsFilter.newBuilder()));
        assertEquals(List.of("pod-b"), podIds(PodSandboxStatsFilter.newBuilder().setId("pod-b")));
        assertEquals(List.of("pod-a"), podIds(PodSandboxStatsFilter.newBuilder().putLabelSelector("app", "web")));
        assertEquals(
                List.of(),
                podIds(PodSandboxStatsFilter.newBuilder().setId("pod-b").putLabelSelector("app", "web")));
    }

    private List<PodSandboxStats> pods(PodSandboxStatsFilter.Builder filter) {
        return cri.runtime
                .listPodSandboxStats(ListPodSandboxStatsRequest.newBuilder()
                        .setFilter(filter)
                        .build())
                .getStatsList();
    }

    private List<String> podIds(PodSandboxStatsFilter.Builder filter) {
        return pods(filter).stream().map(stats -> stats.getAttributes().getId()).toList();
    }
}
