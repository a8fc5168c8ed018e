package io.vmgauge.adapters.grpc.overlay;

import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.pod;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.told;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.counter.CounterState;
import io.vmgauge.adapters.grpc.counter.CounterStateFixture;
import io.vmgauge.adapters.grpc.counter.CpuCounter;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What one life of the relay leaves to the next. */
class NextLifeTest extends CounterStateFixture {
    private OverlayScenario nextLife(OverlayScenario before) {
        file.write(before.bindings.kept());
        OverlayScenario next = new OverlayScenario(FakeQueries.NOTHING);
        next.bindings.restore(file.read());
        return next;
    }

    @Test
    void aBoundVmWithoutSamplesKeepsItsSourceInTheNextLife() {
        OverlayScenario first =
                new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, VMS));
        LinuxPodSandboxStats before = first.relayed(pod(50, 20, told("vm", 50, 5), told("sidecar", 50, 6)));
        OverlayScenario next = nextLife(first);

        LinuxPodSandboxStats after = next.relayed(pod(90, 40, told("vm", 90, 7), told("sidecar", 90, 6)));

        assertEquals(before.getCpu(), after.getCpu());
        assertEquals(before.getContainers(0).getCpu(), after.getContainers(0).getCpu());
        assertEquals(told("sidecar", 90, 6).build(), after.getContainers(1));
        next.vmSays(cpu(100, VMS + 3));
        assertEquals(VMS + 3, nanosOf(next.relayed(told("vm", 100, 8)).getCpu()));
    }

    @Test
    void whatEarlierLivesOfAVmUsedStaysCountedInTheNextLife() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, 5));
        first.relayed(told("vm", 61, 5));
        first.vmStarts(8, cpu(70, 1000));
        first.relayed(told("vm", 71, 5));
        first.vmStarts(8, cpu(75, 1700));
        assertEquals(705, nanosOf(first.relayed(told("vm", 76, 5)).getCpu()));
        OverlayScenario next = nextLife(first).runs("vm");
        next.vmStarts(8, cpu(80, 3000));
        assertEquals(2005, nanosOf(next.relayed(told("vm", 81, 5)).getCpu()));
        OverlayScenario last = nextLife(next).runs("vm");
        // It began anew while nobody looked.
        last.vmStarts(9, cpu(90, 9000));
        assertEquals(2005, nanosOf(last.relayed(told("vm", 91, 5)).getCpu()));
        last.vmStarts(9, cpu(95, 9010));
        assertEquals(2015, nanosOf(last.relayed(told("vm", 96, 5)).getCpu()));
    }

    @Test
    void aVmThatWasGoneIsStillGoneInTheNextLife() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, 5));
        first.relayed(told("vm", 61, 5));
        first.vmSays(cpu(70, VMS + 100));
        first.relayed(told("vm", 71, 6));
        OverlayScenario next = nextLife(first);
        next.queries.remove("vm");
        next.runs("vm");

        ContainerStats.Builder told = told("vm", 90, 16);
        assertEquals(115, nanosOf(next.relayed(told).getCpu()));
        assertEquals(told.getMemory(), next.relayed(told).getMemory());
        OverlayScenario last = nextLife(next);
        last.queries.remove("vm");
        last.runs("vm");
        assertEquals(119, nanosOf(last.relayed(told("vm", 99, 20)).getCpu()));
    }

    /** 80 s that are told once, and a container that ended while nobody looked. */
    @Test
    void aPodKeepsInTheNextLifeWhatAVmUsedWhoseContainerEndedMeanwhile() {
        OverlayScenario first =
                new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, 5));
        first.relayed(pod(61, 20, told("vm", 61, 5)));
        first.vmSays(cpu(70, VMS + 80_000_000_000L));
        assertEquals(
                80_000_000_020L,
                nanosOf(first.relayed(pod(71, 20, told("vm", 71, 5))).getCpu()));
        OverlayScenario next = nextLife(first).runs("sidecar");
        assertEquals(
                80_000_000_027L,
                nanosOf(next.relayed(pod(90, 27, told("sidecar", 90, 6))).getCpu()));
    }

    @Test
    void whatTheVcpusWaitedStaysCountedInTheNextLifeAndWhenTheVmBeginsAnew() {
        CpuCounter first = new CpuCounter();
        first.hear(Optional.empty());
        assertEquals(OptionalLong.of(700), steal(first, 60, OptionalLong.of(700)));
        assertEquals(OptionalLong.empty(), steal(first, 70, OptionalLong.empty()));
        assertEquals(OptionalLong.of(705), steal(first, 80, OptionalLong.of(5)));

        file.write(new CounterState.Kept(Map.of("one", first.kept("vm-1").orElseThrow()), Map.of(), Map.of()));
        CpuCounter next =
                new CpuCounter(Objects.requireNonNull(file.read().containers().get("one")));

        assertEquals(OptionalLong.of(706), steal(next, 90, OptionalLong.of(6)));
        assertEquals(OptionalLong.of(708), steal(next, 100, OptionalLong.of(2)));
        next.beginAnew();
        assertEquals(OptionalLong.of(708), steal(next, 110, OptionalLong.of(9000)));
        assertEquals(OptionalLong.of(709), steal(next, 120, OptionalLong.of(9001)));
    }

    @Test
    void aContainerThatEndedMeanwhileIsForgotten() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, VMS));
        first.relayed(told("vm", 50, 5));
        assertEquals(
                5,
                nanosOf(nextLife(first)
                        .runs("sidecar")
                        .relayed(told("vm", 90, 5))
                        .getCpu()));
    }
}
