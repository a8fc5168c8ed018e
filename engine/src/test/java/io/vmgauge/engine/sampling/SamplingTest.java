package io.vmgauge.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.DiskUsage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.engine.LoggedWarnings;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.testkit.FakeFilesystems;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final long SECOND = 1_000_000_000L;

    private final AgentScenario agent = new AgentScenario();

    @Test
    void aVanishedVmLeavesWithTheNextRound() {
        VmId web = agent.add("web", "aaa");
        agent.roundAfter(0);
        assertEquals(1, agent.queries.inventory(Selection.ALL).size());
        agent.hypervisor.remove(web);
        agent.roundAfter(5);
        assertEquals(0, agent.queries.inventory(Selection.ALL).size());
        assertEquals(List.of(), agent.sampling.measuredVms());
    }

    @Test
    void theVmsAreKnownAndUnmeasuredWhenTheListIsAnnounced() {
        agent.add("web", "aaa");
        AtomicInteger announced = new AtomicInteger();
        agent.sampling.round(AgentScenario.QUICK, () -> {
            announced.incrementAndGet();
            assertEquals(1, agent.queries.inventory(Selection.ALL).size());
            assertEquals(Optional.empty(), cpu("aaa"));
        });
        assertEquals(1, announced.get());
        assertTrue(cpu("aaa").isPresent());
    }

    @Test
    void noListIsAnnouncedThatCouldNotBeHad() {
        agent.add("web", "aaa");
        agent.hypervisor.breakDown("libvirtd is down");
        agent.sampling.round(AgentScenario.QUICK, () -> fail("nothing was listed"));
        assertTrue(agent.sampling.problem(agent.time.now()).isPresent());
    }

    /** As a third party's adapter may do, or a host without memory: the round is over, and everybody is told. */
    @Test
    void whateverARoundThrowsIsTheAgentsProblem() {
        AtomicInteger rounds = new AtomicInteger();
        Sampling faulty = new Sampling(
                () -> switch (rounds.incrementAndGet()) {
                    case 1 -> throw new IllegalStateException("planted\nin two lines");
                    case 2 -> throw new OutOfMemoryError("planted");
                    default -> agent.hypervisor.catalog().list();
                },
                agent.hypervisor.meter(),
                agent.time,
                AgentScenario.rules(3),
                AgentScenario.SILENCE);
        faulty.round(AgentScenario.QUICK);
        assertEquals(
                Optional.of("a round failed: java.lang.IllegalStateException: planted in two lines"),
                faulty.problem(agent.time.now()));
        faulty.round(AgentScenario.QUICK);
        assertEquals(
                Optional.of("a round failed: java.lang.OutOfMemoryError: planted"), faulty.problem(agent.time.now()));
        faulty.round(AgentScenario.QUICK);
        assertEquals(Optional.empty(), faulty.problem(agent.time.now()));
    }

    /** Also if what the newer ones listed was always the same. */
    @Test
    void aListThatWasAbandonedAndComesLateReplacesNoNewerOne() {
        agent.add("web", "aaa");
        List<Vm> newer = agent.hypervisor.catalog().list();
        agent.add("db", "bbb");
        List<Vm> older = agent.hypervisor.catalog().list();
        Deque<Sampling> meanwhile = new ArrayDeque<>();
        Sampling late = new Sampling(
                () -> {
                    if (meanwhile.isEmpty()) {
                        return newer;
                    }
                    Sampling others = meanwhile.remove();
                    others.round(Set.of());
                    others.round(Set.of());
                    return older;
                },
                agent.hypervisor.meter(),
                agent.time,
                AgentScenario.rules(3),
                AgentScenario.SILENCE);
        late.round(Set.of());
        meanwhile.add(late);
        late.round(Set.of());
        assertEquals(1, late.measuredVms().size());
    }

    @Test
    void theSameTroubleIsSaidOnceWhateverItsWords() {
        AtomicInteger number = new AtomicInteger();
        Sampling faulty = new Sampling(
                () -> {
                    throw new IllegalStateException("planted " + number.incrementAndGet());
                },
                agent.hypervisor.meter(),
                agent.time,
                AgentScenario.rules(3),
                AgentScenario.SILENCE);
        assertEquals(1, LoggedWarnings.of(Sampling.class, () -> {
            for (int i = 0; i < 5; i++) {
                faulty.round(AgentScenario.QUICK);
            }
        }));
        assertEquals(5, number.get());
    }

    @Test
    void aVmWhoseMeasuringFailsIsSaidOnceAndSpoilsNothing() {
        VmId web = agent.add("web", "aaa");
        agent.roundAfter(0);
        agent.hypervisor.report(web, Metric.MEMORY, at -> {
            throw new IllegalStateException("planted");
        });
        assertEquals(1, LoggedWarnings.of(Sampling.class, () -> {
            agent.roundAfter(5);
            agent.roundAfter(5);
        }));
        assertEquals(Optional.empty(), agent.sampling.problem(agent.time.now()));
    }

    @Test
    void aReadingOfFilesystemsThatThrowsHasFailed() {
        VmId web = agent.add("web", "aaa");
        agent.roundAfter(0);
        assertFalse(agent.sampling.read(web, (vm, incarnation, disks) -> {
            throw new IllegalStateException("planted");
        }));
    }

    /** The relay binds no VM to a container that is younger than it. */
    @Test
    void aVmThatBeganDuringTheListingIsNotSeenBeforeItBegan() {
        AtomicReference<Instant> began = new AtomicReference<>(Instant.MAX);
        Sampling slow = new Sampling(
                () -> {
                    agent.time.advance(Duration.ofSeconds(3));
                    agent.add("web", "aaa");
                    began.set(agent.time.now().wall());
                    agent.time.advance(Duration.ofSeconds(2));
                    return agent.hypervisor.catalog().list();
                },
                agent.hypervisor.meter(),
                agent.time,
                AgentScenario.rules(3),
                AgentScenario.SILENCE);
        slow.round(AgentScenario.QUICK);
        Instant seen = slow.vms().containers().iterator().next().known().startedAt();
        assertFalse(seen.isBefore(began.get()), seen + " is before " + began);
    }

    @Test
    void aLifeBeganWhenTheHypervisorSaysAndElseWhenItWasSeen() {
        VmId web = agent.add("web", "aaa");
        Instant began = agent.time.now().wall().minusSeconds(86_400);
        agent.hypervisor.started(web, began);
        agent.roundAfter(0);
        assertEquals(began, startedAt());
        agent.hypervisor.pause(web);
        agent.roundAfter(5);
        assertEquals(began, startedAt());

        agent.hypervisor.restart(web);
        agent.roundAfter(5);
        assertEquals(agent.time.now().wall(), startedAt());
    }

    @Test
    void noMeanOrRateStraddlesARestart() {
        VmId web = agent.add("web", "aaa");
        agent.hypervisor.cpu(web, SECOND);
        agent.roundAfter(0);
        agent.hypervisor.restart(web);
        // More than before the restart: only the incarnation tells that this is another life.
        agent.hypervisor.cpu(web, 3 * SECOND);
        agent.roundAfter(5);
        CpuUsage usage = cpu("aaa").orElseThrow();
        assertEquals(3 * SECOND, usage.usageNanos());
        assertEquals(OptionalLong.empty(), usage.nanoCores());
    }

    /** The last resort where the hypervisor cannot tell: nothing of one life is served with anything of the other. */
    @Test
    void aCpuCounterThatFallsBeginsAnotherLife() {
        VmId web = agent.add("web", "aaa");
        agent.hypervisor.cpu(web, 660_700_000L);
        agent.hypervisor.memory(web, 4096);
        agent.roundAfter(0);
        Instant before = startedAt();
        assertEquals(660_700_000L, cpu("aaa").orElseThrow().usageNanos());
        agent.hypervisor.restartUnnoticed(web);
        agent.hypervisor.cpu(web, 426_400_000L);
        agent.hypervisor.mute(web, Metric.MEMORY);
        agent.roundAfter(5);

        CpuUsage usage = cpu("aaa").orElseThrow();

        assertEquals(before.plusSeconds(5), startedAt());
        assertEquals(426_400_000L, usage.usageNanos());
        assertEquals(OptionalLong.empty(), usage.nanoCores());
        assertEquals(
                Optional.empty(),
                agent.queries.containers(Selection.ALL).get(0).usage().memory());
        agent.hypervisor.cpu(web, 926_400_000L);
        agent.roundAfter(5);
        assertEquals(before.plusSeconds(5), startedAt());
        assertEquals(OptionalLong.of(100_000_000L), cpu("aaa").orElseThrow().nanoCores());
    }

    @Test
    void aNetworkCounterThatFallsIsAnInterfaceThatWasReplacedAndNoOtherLife() {
        VmId web = agent.add("web", "aaa");
        agent.hypervisor.cpu(web, SECOND);
        agent.hypervisor.network(
                web, List.of(new InterfaceCounters("tap0", new Traffic(100, 1, 0, 0), new Traffic(100, 1, 0, 0))));
        agent.roundAfter(0);
        Instant before = startedAt();
        agent.hypervisor.cpu(web, 2 * SECOND);
        agent.hypervisor.network(
                web, List.of(new InterfaceCounters("tap0", new Traffic(0, 0, 0, 0), new Traffic(0, 0, 0, 0))));
        agent.roundAfter(5);

        assertEquals(before, startedAt());
        assertTrue(cpu("aaa").orElseThrow().nanoCores().isPresent());
    }

    private Instant startedAt() {
        return agent.queries.inventory(Selection.ALL).get(0).startedAt();
    }

    @Test
    void aVmThatDoesNotRunHereYetIsKnownButNeitherAskedNorServedNorSilent() {
        VmId mig = agent.hypervisor.addStarting("mig");
        agent.roundAfter(0);

        assertEquals(
                VmState.STARTING,
                agent.queries.inventory(Selection.ALL).get(0).vm().state());
        assertEquals(0, agent.hypervisor.calls(Call.MEASURE));
        assertEquals(List.of(), agent.queries.containers(Selection.ALL));
        assertEquals(List.of(), agent.queries.sandboxes(Selection.ALL));
        assertEquals(0, agent.queries.status().runningVms());

        agent.hypervisor.start(mig);
        agent.roundAfter(5);
        assertEquals(agent.time.now().wall(), startedAt());
        assertEquals(1, agent.queries.containers(Selection.ALL).size());
    }

    @Test
    void aVmThatWasStoppedAndStartedAgainBeginsAnew() {
        VmId web = agent.add("web", "aaa");
        agent.roundAfter(0);
        agent.hypervisor.stop(web);
        agent.roundAfter(5);
        agent.hypervisor.start(web);
        agent.roundAfter(5);
        assertEquals(OptionalLong.empty(), cpu("aaa").orElseThrow().nanoCores());
    }

    @Test
    void aSampleOfAnotherLifeThanListedIsNotTaken() {
        VmId web = agent.add("web", "aaa");
        agent.hypervisor.cpu(web, SECOND);
        agent.roundAfter(0);
        agent.time.advance(Duration.ofSeconds(5));
        agent.hypervisor.hold(Call.MEASURE_ALL);
        Thread round = new Thread(() -> agent.sampling.round(AgentScenario.QUICK));
        round.start();
        agent.hypervisor.awaitWaiting(Call.MEASURE_ALL, 1);
        agent.hypervisor.restart(web);
        agent.hypervisor.cpu(web, 9 * SECOND);
        agent.hypervisor.letGo();
        join(round);
        assertEquals(SECOND, cpu("aaa").orElseThrow().usageNanos());
    }

    @Test
    void anOutageKeepsWhatWasKnownAndInventsNoReset() {
        VmId web = agent.add("web", "aaa");
        agent.hypervisor.cpu(web, SECOND);
        agent.roundAfter(0);
        CpuUsage before = cpu("aaa").orElseThrow();
        agent.hypervisor.breakDown("libvirtd is down");
        agent.roundAfter(5);
        assertEquals(Optional.of(before), cpu("aaa"));
        agent.hypervisor.recover();
        agent.hypervisor.cpu(web, 11 * SECOND);
        agent.roundAfter(5);
        assertEquals(OptionalLong.of(SECOND), cpu("aaa").orElseThrow().nanoCores());
    }

    @Test
    void theVmThatHeldAnIdFirstKeepsItAndTheOtherIsLeftOut() {
        agent.hypervisor.cpu(agent.add("web", "aaa"), SECOND);
        agent.roundAfter(0);
        agent.hypervisor.cpu(agent.add("thief", "aaa"), 7 * SECOND);
        agent.roundAfter(5);
        List<ContainerUsage> all = agent.queries.containers(Selection.ALL);
        assertEquals(1, all.size());
        assertEquals("web", all.get(0).placement().sandbox().name());
        assertEquals(SECOND, all.get(0).usage().cpu().orElseThrow().usageNanos());
        assertEquals(1, agent.sampling.vms().refusals().size());
    }

    @Test
    void aVmThatChangesItsIdToAnothersLosesToIt() {
        VmId thief = agent.add("thief", "bbb");
        agent.add("web", "aaa");
        agent.roundAfter(0);
        agent.hypervisor.place(thief, AgentScenario.placement("sandbox-thief", "thief", "aaa", Map.of()));
        agent.roundAfter(5);
        assertEquals(
                "web",
                agent.queries
                        .containers(Selection.ALL)
                        .get(0)
                        .placement()
                        .sandbox()
                        .name());
        assertEquals(1, agent.queries.inventory(Selection.ALL).size());
    }

    @Test
    void nobodyJoinsAnotherPodsSandboxByItsIdAlone() {
        agent.add("web", "aaa");
        agent.roundAfter(0);
        agent.hypervisor.add("thief", AgentScenario.placement("sandbox-web", "thief", "bbb", Map.of()));
        agent.roundAfter(5);
        assertEquals(
                1, agent.queries.sandboxes(Selection.ALL).get(0).containers().size());
        assertTrue(agent.sampling.vms().refusals().get(0).why().contains("shop/web"));
    }

    @Test
    void anIdIsFreeAgainWhenItsHolderIsGone() {
        VmId web = agent.add("web", "aaa");
        agent.roundAfter(0);
        agent.add("heir", "aaa");
        agent.hypervisor.remove(web);
        agent.roundAfter(5);
        assertEquals(
                "heir",
                agent.queries
                        .containers(Selection.ALL)
                        .get(0)
                        .placement()
                        .sandbox()
                        .name());
    }

    @Test
    void whatIsReadOfAVmsDisksIsServedUntilItIsTooOld() {
        VmId web = agent.add("web", "aaa");
        DiskImage disk = new DiskImage("/images/web", "qcow2");
        FakeFilesystems filesystems = new FakeFilesystems(agent.time);
        filesystems.put(disk, 4096);
        agent.sampling.round(AgentScenario.QUICK);
        Instant read = agent.time.now().wall();
        assertTrue(agent.sampling.read(web, filesystems.meter()));
        filesystems.remove(disk);
        agent.time.advance(Duration.ofMinutes(29));
        assertFalse(agent.sampling.read(web, filesystems.meter()));
        assertEquals(Optional.of(new DiskUsage(read, 4096, List.of())), disk("aaa"));
        agent.time.advance(Duration.ofMinutes(2));
        assertEquals(Optional.empty(), disk("aaa"));
    }

    @Test
    void aReadingOfAnEarlierLifeIsNotTaken() {
        VmId web = agent.add("web", "aaa");
        FakeFilesystems filesystems = new FakeFilesystems(agent.time);
        filesystems.put(new DiskImage("/images/web", "qcow2"), 4096);
        agent.sampling.round(AgentScenario.QUICK);
        filesystems.hold();
        Thread reading = new Thread(() -> agent.sampling.read(web, filesystems.meter()));
        reading.start();
        while (filesystems.underWay() == 0) {
            Thread.onSpinWait();
        }
        agent.hypervisor.restart(web);
        agent.sampling.round(AgentScenario.QUICK);
        filesystems.letGo();
        join(reading);
        assertEquals(Optional.empty(), disk("aaa"));
    }

    @Test
    void aVmThatIsGoneOrStoppedIsNotRead() {
        VmId web = agent.add("web", "aaa");
        FakeFilesystems filesystems = new FakeFilesystems(agent.time);
        assertTrue(agent.sampling.read(web, filesystems.meter()), "not listed yet");
        agent.hypervisor.stop(web);
        agent.sampling.round(AgentScenario.QUICK);
        assertTrue(agent.sampling.read(web, filesystems.meter()));
        assertEquals(List.of(), filesystems.asked());
    }

    private Optional<CpuUsage> cpu(String container) {
        return agent.queries.containers(Selection.ALL).stream()
                .filter(c -> c.placement().container().value().equals(container))
                .flatMap(c -> c.usage().cpu().stream())
                .findFirst();
    }

    private Optional<DiskUsage> disk(String container) {
        return agent.queries.containers(Selection.ALL).stream()
                .filter(c -> c.placement().container().value().equals(container))
                .flatMap(c -> c.usage().disk().stream())
                .findFirst();
    }

    private static void join(Thread thread) {
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
