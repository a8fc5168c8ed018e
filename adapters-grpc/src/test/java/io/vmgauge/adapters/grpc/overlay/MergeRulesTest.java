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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a series of answers must be for readers that compute from one what it is since the other: which counters stand
 * still, which go on, and which times they carry.
 */
class MergeRulesTest {
    private static final long VMS = 5_000_000_000L;

    /** The runtime had counted as much as the VM. */
    private final OverlayScenario relay =
            new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, VMS));

    private static long nanosOf(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }

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

    // Rule 5: the source stays. Rule 6: counters never fall, times strictly increase.

    /** Of which the relay knows nothing yet. */
    private static OverlayScenario unheard(Usage usage) {
        return new OverlayScenario(usage).runs("vm", "sidecar");
    }

    @Test
    void theSwitchFromTheCgroupRepeatsItsLastNumbersUntilTheVmsAreNewerAndGoesOnFromThere() {
        OverlayScenario relay = unheard(FakeQueries.NOTHING);
        ContainerStats.Builder live = told("vm", 62, 40);
        assertEquals(live.build(), relay.relayed(live));

        relay.vmSays(cpu(60, VMS));
        assertEquals(live.getCpu(), relay.relayed(told("vm", 70, 50)).getCpu());
        relay.vmSays(cpu(62.5, VMS + 7));
        CpuUsage vms = relay.relayed(told("vm", 80, 60)).getCpu();
        assertEquals(40, nanosOf(vms), "what the VM used before is not told");
        assertEquals(nanos(62.5), vms.getTimestamp());
        relay.vmSays(cpu(64, VMS + 9));
        assertEquals(42, nanosOf(relay.relayed(told("vm", 90, 70)).getCpu()));
    }

    @Test
    void theBaselineMayBeNegative() {
        OverlayScenario relay = unheard(cpu(60, 102_940_000_000L)).hears(told("vm", 50, 60_000_000));
        assertEquals(
                60_000_000, nanosOf(relay.relayed(told("vm", 61, 61_000_000)).getCpu()));
        relay.vmSays(cpu(70, 103_940_000_000L));
        assertEquals(
                1_060_000_000, nanosOf(relay.relayed(told("vm", 71, 62_000_000)).getCpu()));
    }

    @Test
    void theFirstAnswerIsTheCgroupsUntilTheVmsAreNewer() {
        OverlayScenario relay = unheard(cpu(60, VMS));
        ContainerStats.Builder first = told("vm", 62, VMS + 40);
        assertEquals(first.getCpu(), relay.relayed(first).getCpu());
        relay.vmSays(cpu(65, VMS + 7));
        assertEquals(VMS + 40, nanosOf(relay.relayed(told("vm", 80, VMS + 60)).getCpu()));
        relay.vmSays(cpu(66, VMS + 9));
        assertEquals(VMS + 42, nanosOf(relay.relayed(told("vm", 90, VMS + 70)).getCpu()));
    }

    @Test
    void aVmThatIsNotMeasuredForLongDoesNotKeepTheRuntimesNumbersStanding() {
        OverlayScenario relay = unheard(cpu(60, VMS));
        relay.relayed(told("vm", 62, 40));
        assertEquals(40, nanosOf(relay.relayed(told("vm", 80, 50)).getCpu()));
        assertEquals(told("vm", 91, 60).build(), relay.relayed(told("vm", 91, 60)));
    }

    /** A kubelet takes no CPU time for 0. */
    @Test
    void whatARuntimeDoesNotTellIsTakenForNothing() {
        OverlayScenario relay = unheard(cpu(60, VMS));
        ContainerStats.Builder silent = told("vm", 61, 0).clearCpu();
        assertFalse(relay.relayed(silent).hasCpu());
        relay.vmSays(cpu(65, VMS + 7));
        assertEquals(0, nanosOf(relay.relayed(silent).getCpu()));
        assertEquals(nanos(65), relay.relayed(silent).getCpu().getTimestamp());
        relay.vmSays(cpu(70, VMS + 9));
        assertEquals(2, nanosOf(relay.relayed(silent).getCpu()));
    }

    @Test
    void aVmThatUsedNothingSinceIsToldInPlaceOfTheRuntimesNumber() {
        OverlayScenario relay = unheard(cpu(60, VMS)).hears(told("vm", 50, 0));
        assertEquals(0, nanosOf(relay.relayed(told("vm", 61, 8)).getCpu()));
    }

    @Test
    void aClockThatWasSetBackDoesNotStopTheCounter() {
        assertEquals(VMS, nanosOf(relay.relayed(told("vm", 55, 5)).getCpu()));
        relay.vmSays(cpu(-3600, 1000));
        relay.relayed(told("vm", -3600, 5));
        relay.vmSays(cpu(-3595, 2000));

        CpuUsage after = relay.relayed(told("vm", -3595, 5)).getCpu();

        assertEquals(nanos(-3595), after.getTimestamp());
        assertEquals(VMS, nanosOf(after));
        relay.vmSays(cpu(-3590, 2600));
        assertEquals(VMS + 600, nanosOf(relay.relayed(told("vm", -3590, 5)).getCpu()));
    }

    // The VM is gone: that is known, and not a silence.

    private OverlayScenario gone() {
        relay.relayed(pod(65, VMS + 100, told("vm", 65, VMS), told("sidecar", 65, 6)));
        relay.queries.remove("vm");
        return relay;
    }

    @Test
    void aContainerWhoseVmIsGoneGoesOnFromTheRuntimesAnswer() {
        CpuUsage first = gone().relayed(told("vm", 70, VMS + 3)).getCpu();
        CpuUsage second = relay.relayed(told("vm", 71, VMS + 5)).getCpu();

        assertEquals(VMS + 3, nanosOf(first), "what was told, and what the runtime counted since");
        assertEquals(nanos(70), first.getTimestamp());
        assertEquals(VMS + 5, nanosOf(second));
        assertEquals(nanos(71), second.getTimestamp());
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

    @Test
    void theGaugesOfAContainerWhoseVmIsGoneAreTheRuntimes() {
        relay.vmSays(guest(60, 100));
        assertEquals(
                2048,
                relay.relayed(told("vm", 65, VMS))
                        .getMemory()
                        .getWorkingSetBytes()
                        .getValue());
        ContainerStats.Builder told = told("vm", 70, VMS + 3);
        assertEquals(told.getMemory(), gone().relayed(told).getMemory());
        assertFalse(relay.relayed(pod(71, 20, told)).hasNetwork());
    }

    @Test
    void aVmThatComesBackGoesOnFromWhatWasTold() {
        gone().relayed(told("vm", 70, VMS + 3));
        relay.vmStarts(8, cpu(69, 1_000));
        assertEquals(nanos(70), relay.relayed(told("vm", 71, VMS + 4)).getCpu().getTimestamp(), "not yet");
        relay.vmStarts(8, cpu(72, 9_000));
        assertEquals(VMS + 3, nanosOf(relay.relayed(told("vm", 73, VMS + 5)).getCpu()));
        relay.vmStarts(8, cpu(75, 9_700));
        assertEquals(VMS + 703, nanosOf(relay.relayed(told("vm", 76, VMS + 6)).getCpu()));
    }

    @Test
    void aLifeWhoseCounterDidNotFallIsAnotherOneNevertheless() {
        relay.relayed(told("vm", 65, VMS));
        relay.vmStarts(8, cpu(70, VMS + 1000));
        assertEquals(VMS, nanosOf(relay.relayed(told("vm", 71, VMS)).getCpu()));
        relay.vmStarts(8, cpu(75, VMS + 1300));
        assertEquals(VMS + 300, nanosOf(relay.relayed(told("vm", 76, VMS)).getCpu()));
    }

    @Test
    void whileTheHypervisorIsSilentTheLastNumbersStandThoughNoVmIsListed() {
        CpuUsage before = relay.relayed(told("vm", 65, VMS)).getCpu();
        relay.queries.problem("no round has finished yet");
        relay.queries.remove("vm");
        assertEquals(before, relay.relayed(told("vm", 70, VMS + 3)).getCpu());
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

    private static Usage guest(double second, long counters) {
        return new Usage(
                Optional.empty(),
                Optional.of(new MemoryUsage(
                        at(second),
                        2048,
                        OptionalLong.empty(),
                        4096,
                        3072,
                        OptionalLong.of(counters),
                        OptionalLong.of(counters),
                        OptionalLong.empty(),
                        Optional.of(new GuestMemory(
                                5120,
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.of(counters),
                                OptionalLong.of(counters))))),
                Optional.of(new io.vmgauge.domain.usage.NetworkUsage(
                        at(second),
                        List.of(new InterfaceCounters(
                                "vnet0",
                                new Traffic(counters, counters, counters, counters),
                                new Traffic(counters, counters, counters, counters))))),
                Optional.empty());
    }

    /** All that can happen, in any order: to no reader does a counter ever fall, nor does it grow within a time. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensCountersNeverFallAndGrowOnlyWithTheirTime(long seed) {
        Random random = new Random(seed);
        OverlayScenario any = new OverlayScenario(FakeQueries.NOTHING).runs("sidecar");
        long vm = random.nextInt(2000);
        long cgroup = random.nextInt(2000);
        long pods = cgroup + 100;
        CpuUsage container = CpuUsage.getDefaultInstance();
        CpuUsage pod = CpuUsage.getDefaultInstance();
        for (int second = 1; second < 400; second++) {
            int event = random.nextInt(20);
            vm = event == 0 ? random.nextInt(100) : vm + random.nextInt(50);
            if (event < 4) {
                any.vmSays(FakeQueries.NOTHING);
            } else if (event < 14) {
                any.vmSays(cpu(second - random.nextInt(3) / 2.0 - 0.1, vm));
            } else if (second > 20) {
                any.runs("vm", "sidecar");
            }
            pods = Math.max(pods + random.nextInt(3), cgroup + 100);
            cgroup += random.nextInt(5);
            if (random.nextBoolean()) {
                CpuUsage next = any.relayed(told("vm", second, cgroup)).getCpu();
                follows(container, next, seed + " container " + second);
                container = next;
            } else {
                LinuxPodSandboxStats next = any.relayed(pod(second, pods, told("vm", second + 0.01, cgroup)));
                follows(container, next.getContainers(0).getCpu(), seed + " container of the pod " + second);
                follows(pod, next.getCpu(), seed + " pod " + second);
                container = next.getContainers(0).getCpu();
                pod = next.getCpu();
            }
        }
        assertTrue(nanosOf(container) > 2000, "the VM's");
    }

    private static void follows(CpuUsage before, CpuUsage next, String when) {
        assertTrue(nanosOf(next) >= nanosOf(before), () -> when + " fell from " + before + " to " + next);
        assertTrue(next.getTimestamp() >= before.getTimestamp(), () -> when + " went from " + before + " to " + next);
        assertTrue(
                next.getTimestamp() > before.getTimestamp() || nanosOf(next) == nanosOf(before),
                () -> when + " grew within its time from " + before + " to " + next);
    }

    // Rule 7: rates.

    @Test
    void aRateIsOfSamplesAtLeastASecondApartAndUnsetUntilThereAreSuch() {
        assertFalse(relay.relayed(told("vm", 50, 5)).getCpu().hasUsageNanoCores());
        relay.vmSays(cpu(60.5, VMS + 500_000_000L));
        assertFalse(relay.relayed(told("vm", 51, 5)).getCpu().hasUsageNanoCores());
        relay.vmSays(cpu(61, VMS + 600_000_000L));
        assertEquals(600_000_000L, rate());
        // Until the next second has passed.
        relay.vmSays(cpu(61.5, VMS + 601_000_000L));
        assertEquals(600_000_000L, rate());
        relay.vmSays(cpu(63, VMS + 600_000_000L + 1_000_000_000L));
        assertEquals(500_000_000L, rate());
        // Measured idle.
        relay.vmSays(cpu(65, VMS + 600_000_000L + 1_000_000_000L));
        assertEquals(0, rate());
    }

    private long rate() {
        CpuUsage cpu = relay.relayed(told("vm", 51, 5)).getCpu();
        assertTrue(cpu.hasUsageNanoCores());
        return cpu.getUsageNanoCores().getValue();
    }

    @Test
    void noRateStraddlesTheRestartOfAVm() {
        relay.relayed(told("vm", 50, 5));
        relay.vmSays(cpu(70, 1000));
        assertFalse(relay.relayed(told("vm", 70, 5)).getCpu().hasUsageNanoCores());
    }

    // Rule 3: what kubelets crash without.

    @Test
    void anOverlaidEntryAlwaysHasMetadata() {
        ContainerStats.Builder bare = told("vm", 50, 5).setAttributes(attributes("vm"));
        assertEquals("vm", relay.relayed(bare).getAttributes().getMetadata().getName());
        LinuxPodSandboxStats pod = relay.relayed(pod(51, 20, bare));
        assertTrue(pod.getContainers(0).getAttributes().hasMetadata());
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
