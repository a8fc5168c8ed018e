package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import org.junit.jupiter.api.Test;

/** What becomes of the runtime's stats of pods. */
class PodOverlayTest extends OverlayFixture {
    @Test
    void aPodsTotalsAgreeWithItsContainersInTheSameAnswer() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE), container("bbb", "sidecar", MADE));

        pod(linux().build());
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(64), VMS + 1_000_000_000L));

        LinuxPodSandboxStats merged = pod(linux().build()).getLinux();

        assertEquals(
                VMS + 1_000_000_000L,
                merged.getContainers(0).getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(stats("bbb", "sidecar", 6), merged.getContainers(1));
        assertEquals(
                20 - 5 + VMS + 1_000_000_000L,
                merged.getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(25 - 10 + 250_000_000L, merged.getCpu().getUsageNanoCores().getValue());
        assertEquals(250 - 100 + 2048, merged.getMemory().getWorkingSetBytes().getValue());
        assertEquals(
                merged.getContainers(0).getCpu().getTimestamp(), merged.getCpu().getTimestamp());
        assertEquals(
                merged.getContainers(0).getMemory().getTimestamp(),
                merged.getMemory().getTimestamp());
        assertEquals(FUTURE, merged.getUnknownFields());
    }

    @Test
    void aPodsTotalIsNeverLessThanItsContainersTogether() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        LinuxPodSandboxStats small = linux().setCpu(
                        CpuUsage.newBuilder().setTimestamp(8).setUsageCoreNanoSeconds(UsageMapping.value(3)))
                .build();
        assertEquals(
                VMS + 6,
                pod(small).getLinux().getCpu().getUsageCoreNanoSeconds().getValue());
    }

    @Test
    void aPodHasTheVmsInterfacesAndAlwaysADefaultOne() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        NetworkUsage alone = pod(linux().build()).getLinux().getNetwork();
        assertEquals("vnet0", alone.getDefaultInterface().getName());

        NetworkInterfaceUsage eth0 =
                NetworkInterfaceUsage.newBuilder().setName("eth0").build();
        NetworkUsage beside = pod(linux().setNetwork(NetworkUsage.newBuilder()
                                .setDefaultInterface(eth0)
                                .addInterfaces(eth0))
                        .build())
                .getLinux()
                .getNetwork();
        assertEquals(eth0, beside.getDefaultInterface());
        assertEquals(3, beside.getInterfacesCount());
        assertTrue(beside.getInterfacesList().contains(eth0));
    }
}
