package io.vmgauge.adapters.grpc.overlay;

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
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules of a series of answers about a container, for readers that compute growth from one answer to the next:
 * which counters stand still, which go on, and which times they carry.
 */
class ContainerCounterRulesTest extends MergeRulesFixture {
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

    /** Whatever happens, in any order: no reader sees a counter fall, or grow while its time stands still. */
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
}
