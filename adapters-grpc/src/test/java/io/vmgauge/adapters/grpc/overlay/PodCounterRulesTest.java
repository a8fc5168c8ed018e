package io.vmgauge.adapters.grpc.overlay;

import static io.vmgauge.adapters.grpc.mapping.UsageMapping.value;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.at;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.attributes;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.nanos;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.pod;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The rules of a series of answers about a pod: its totals agree with its containers and never fall. */
class PodCounterRulesTest extends MergeRulesFixture {
    // Rule 4: container and pod agree.

    @Test
    void aPodsTotalStandsStillWithItsVmThoughItsCgroupsMoveOn() {
        LinuxPodSandboxStats first = relay.relayed(pod(50, 20, told("vm", 50, 5), told("sidecar", 50, 6)));
        assertEquals(VMS + 15, nanosOf(first.getCpu()));
        assertEquals(nanos(60), first.getCpu().getTimestamp());

        // The pod was read before its container, which used 2 in between.
        LinuxPodSandboxStats second = relay.relayed(pod(70, 21, told("vm", 70, 8), told("sidecar", 70, 6)));
        assertEquals(first.getCpu(), second.getCpu());

        relay.vmSays(cpu(65, VMS + 1000));
        LinuxPodSandboxStats third = relay.relayed(pod(75, 30, told("vm", 75, 9), told("sidecar", 75, 6)));
        assertEquals(30 - 9 + VMS + 1000, nanosOf(third.getCpu()));
        assertEquals(nanos(65), third.getCpu().getTimestamp(), "the time of what was overlaid");
    }

    @Test
    void aPodsTotalNeverFallsThoughThePodIsReadBeforeItsContainers() {
        assertEquals(
                VMS + 15, nanosOf(relay.relayed(pod(50, 20, told("vm", 50, 5))).getCpu()));
        // The VM idles: its time moves and its value does not.
        relay.vmSays(cpu(65, VMS));
        CpuUsage next = relay.relayed(pod(70, 21, told("vm", 70, 8))).getCpu();

        assertEquals(VMS + 15, nanosOf(next));
        assertEquals(nanos(65), next.getTimestamp());
    }

    @Test
    void aPodsTotalStandsStillWhileItsVmIsNotMeasured() {
        CpuUsage first = relay.relayed(pod(50, 20, told("vm", 50, 5))).getCpu();
        relay.vmSays(FakeQueries.NOTHING);

        assertEquals(first, relay.relayed(pod(70, 4000, told("vm", 70, 8))).getCpu());
    }

    @Test
    void aPodsTotalKeepsWhatItsEndedVmUsed() {
        long before = nanosOf(relay.relayed(pod(50, 20, told("vm", 50, 5), told("sidecar", 50, 6)))
                .getCpu());
        relay.runs("sidecar");
        ContainerStats.Builder exited = ContainerStats.newBuilder().setAttributes(attributes("vm"));

        CpuUsage after =
                relay.relayed(pod(70, 25, exited, told("sidecar", 70, 6))).getCpu();

        assertEquals(before + 5, nanosOf(after));
        assertEquals(nanos(70), after.getTimestamp());
    }

    @Test
    void anExitedContainerDoesNotTakeThePodsRate() {
        ContainerStats.Builder exited = ContainerStats.newBuilder().setAttributes(attributes("init"));
        relay.relayed(pod(50, 20, told("vm", 50, 5), exited));
        relay.vmSays(cpu(70, VMS + 5_000_000_000L));

        LinuxPodSandboxStats after = relay.relayed(pod(80, 21, told("vm", 80, 5), exited));

        assertEquals(25 - 10 + 500_000_000L, after.getCpu().getUsageNanoCores().getValue());
    }

    @Test
    void aPodWhoseVmIsGoneMovesOnToo() {
        CpuUsage first = gone().relayed(pod(70, VMS + 110, told("vm", 70, VMS + 3), told("sidecar", 70, 6)))
                .getCpu();
        CpuUsage second = relay.relayed(pod(71, VMS + 111, told("vm", 71, VMS + 3), told("sidecar", 71, 6)))
                .getCpu();

        assertEquals(VMS + 110, nanosOf(first));
        assertEquals(nanos(70), first.getTimestamp());
        assertEquals(VMS + 111, nanosOf(second));
        assertEquals(nanos(71), second.getTimestamp());
    }

    // A container starts anew while its VM runs on.

    @Test
    void aPodCountsItsVmOnceThoughItsContainerStartsAnew() {
        OverlayScenario relay = new OverlayScenario(cpu(60, 80_000_000_000L))
                .runs("vm", "sidecar")
                .hears(told("vm", 50, 0));
        relay.relayed(pod(65, 1000, told("vm", 65, 10)));
        relay.vmSays(cpu(70, 83_000_000_000L));
        long first = nanosOf(relay.relayed(pod(71, 1000, told("vm", 71, 10))).getCpu());
        assertEquals(3_000_000_000L + 990, first);

        // The cgroup of the pod still has what the container used that ended.
        relay.runs("vm2", "sidecar");
        relay.relayed(pod(72, 1007, told("vm2", 72, 7)));
        relay.vmSays(cpu(75, 84_000_000_000L));
        LinuxPodSandboxStats after = relay.relayed(pod(76, 1007, told("vm2", 76, 7)));
        assertEquals(7, nanosOf(after.getContainers(0).getCpu()));
        assertEquals(first + 7, nanosOf(after.getCpu()));
        relay.vmSays(cpu(80, 85_000_000_000L));
        assertEquals(
                first + 7 + 1_000_000_000L,
                nanosOf(relay.relayed(pod(81, 1007, told("vm2", 81, 7))).getCpu()));
    }

    @Test
    void aPodDoesNotJumpWhenAContainerEndsWhoseCgroupCountedMoreThanItsVm() {
        relay.relayed(pod(65, VMS + 100, told("vm", 65, VMS)));
        relay.vmSays(cpu(70, VMS + 10));
        long before = nanosOf(
                relay.relayed(pod(71, VMS + 1100, told("vm", 71, VMS + 1000))).getCpu());
        assertEquals(VMS + 110, before);
        relay.runs("sidecar");
        assertEquals(
                before + 5,
                nanosOf(relay.relayed(pod(80, VMS + 1105, told("sidecar", 80, 6)))
                        .getCpu()));
    }

    @Test
    void aGuestsPageFaultsAndAnInterfacesCountersNeverFall() {
        relay.vmSays(guest(60, 100));
        LinuxPodSandboxStats before = relay.relayed(pod(50, 20, told("vm", 50, 5)));
        assertEquals(100, faults(before));
        assertEquals(100, received(before));
        relay.vmSays(guest(70, 3));
        LinuxPodSandboxStats after = relay.relayed(pod(70, 20, told("vm", 70, 5)));
        assertEquals(103, faults(after));
        assertEquals(103, received(after));
        // The same sample is not counted again.
        assertEquals(103, received(relay.relayed(pod(71, 20, told("vm", 71, 5)))));
        // Nor is one that a long stream still has from before.
        relay.vmSays(guest(60, 100));
        assertEquals(103, received(relay.relayed(pod(71, 20, told("vm", 71, 5)))));
        relay.vmSays(guest(80, 8));
        assertEquals(108, received(relay.relayed(pod(80, 20, told("vm", 80, 5)))));
    }

    private static long faults(LinuxPodSandboxStats pod) {
        return pod.getContainers(0).getMemory().getPageFaults().getValue();
    }

    private static long received(LinuxPodSandboxStats pod) {
        return pod.getNetwork().getDefaultInterface().getRxBytes().getValue();
    }

    @Test
    void theNetworkOfAnOverlaidPodAlwaysHasADefaultInterface() {
        NetworkInterfaceUsage eth0 =
                NetworkInterfaceUsage.newBuilder().setName("eth0").build();
        assertEquals(
                eth0,
                relay.relayed(pod(50, 20, told("vm", 50, 5))
                                .setNetwork(NetworkUsage.newBuilder().addInterfaces(eth0)))
                        .getNetwork()
                        .getDefaultInterface());
        assertFalse(relay.relayed(pod(50, 20, told("vm", 50, 5))
                        .setNetwork(NetworkUsage.newBuilder().setTimestamp(7)))
                .hasNetwork());
    }

    // Rule 9: memory.

    @Test
    void whatOfMemoryIsNotKnownOfTheVmIsUnsetAlsoOfItsPod() {
        OverlayScenario relay = unheard(new Usage(
                Optional.empty(),
                Optional.of(new MemoryUsage(
                        at(60),
                        2048,
                        OptionalLong.empty(),
                        4096,
                        3072,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.empty())),
                Optional.empty(),
                Optional.empty()));

        LinuxPodSandboxStats pod = relay.relayed(pod(70, 20, told("vm", 70, 5)));

        for (io.vmgauge.adapters.grpc.cri.MemoryUsage memory :
                List.of(pod.getMemory(), pod.getContainers(0).getMemory())) {
            assertFalse(memory.hasAvailableBytes());
            assertFalse(memory.hasPageFaults());
            assertFalse(memory.hasMajorPageFaults());
            assertEquals(nanos(60), memory.getTimestamp());
        }
        assertEquals(value(250 - 100 + 2048), pod.getMemory().getWorkingSetBytes());
        assertEquals(
                List.of(20L, 5L),
                LongStream.of(
                                nanosOf(pod.getCpu()),
                                nanosOf(pod.getContainers(0).getCpu()))
                        .boxed()
                        .toList());
    }
}
