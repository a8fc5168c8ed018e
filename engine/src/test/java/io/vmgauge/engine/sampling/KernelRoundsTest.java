package io.vmgauge.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the kernel tells is measured without the hypervisor, and the hypervisor is asked for the rest only. */
class KernelRoundsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Set<Metric> CPU = Set.of(Metric.CPU);

    private final AgentScenario agent = new AgentScenario(3);
    private final VmId web = agent.add("web", "aaa");

    @AfterEach
    void close() {
        agent.hypervisor.close();
    }

    @Test
    void aHypervisorIsNotAskedForWhatTheKernelTellsOfAll() {
        agent.hypervisor.showByKernel(web, AgentScenario.QUICK);
        agent.roundAfter(0);
        assertEquals(1, agent.hypervisor.calls(Call.MEASURE_ALL), "a VM that was not known yet");
        agent.roundAfter(5);
        agent.roundAfter(5);
        assertEquals(1, agent.hypervisor.calls(Call.MEASURE_ALL));
        assertEquals(agent.time.now().wall(), network().timestamp());
    }

    @Test
    void aMetricThatTheKernelDoesNotTellIsMeasuredByTheHypervisor() {
        agent.hypervisor.showByKernel(web, CPU);
        agent.roundAfter(0);
        agent.hypervisor.network(
                web, List.of(new InterfaceCounters("tap0", new Traffic(1, 2, 3, 4), new Traffic(5, 6, 7, 8))));
        agent.roundAfter(5);
        assertEquals(agent.time.now().wall(), network().timestamp());
        assertEquals(1, network().interfaces().get(0).received().bytes());
    }

    @Test
    void aVmThatTheKernelDoesNotShowIsMeasuredByTheHypervisor() {
        agent.hypervisor.showByKernel(web, AgentScenario.QUICK);
        VmId db = agent.add("db", "bbb");
        agent.roundAfter(0);
        agent.hypervisor.cpu(db, 7 * SECOND);
        agent.roundAfter(5);
        assertEquals(
                7 * SECOND / 2,
                agent.queries
                        .containers(new Selection("bbb", "", Map.of()))
                        .get(0)
                        .usage()
                        .cpu()
                        .orElseThrow()
                        .usageNanos());
    }

    /** As host memory is: it would take a call to each VM. */
    @Test
    void onlyWhatTheKernelDoesNotTellIsLeftToBeMeasuredVmByVm() {
        VmId db = agent.add("db", "bbb");
        agent.hypervisor.showByKernel(web, Set.of(Metric.CPU, Metric.MEMORY));
        agent.roundAfter(0);
        agent.time.advance(Duration.ofSeconds(5));
        agent.sampling.kernelRound(Set.of(Metric.CPU, Metric.MEMORY, Metric.GUEST_MEMORY));
        assertEquals(
                Map.of(
                        web, Set.of(Metric.GUEST_MEMORY),
                        db, Set.of(Metric.MEMORY, Metric.GUEST_MEMORY)),
                agent.sampling.rest(Set.of(Metric.MEMORY, Metric.GUEST_MEMORY)));
        assertEquals(Map.of(db, Set.of(Metric.MEMORY)), agent.sampling.rest(Set.of(Metric.MEMORY)));
    }

    /** The hypervisor tells of all or none, and the window of three would hold two of one round. */
    @Test
    void noSampleOfTheHypervisorsComesBesideOneOfTheKernels() {
        agent.add("db", "bbb");
        agent.hypervisor.showByKernel(web, CPU);
        agent.roundAfter(0);
        usage();
        for (int round = 1; round <= 3; round++) {
            agent.time.advance(Duration.ofSeconds(5));
            agent.hypervisor.cpu(web, round * SECOND);
            agent.sampling.kernelRound(CPU);
            agent.time.advance(Duration.ofMillis(1));
            agent.sampling.round(CPU);
        }
        assertEquals(2 * SECOND, usage().cpu().orElseThrow().usageNanos(), "the mean of three rounds");
    }

    @Test
    void anotherLifeIsMeasuredInTheRoundThatListsIt() {
        agent.hypervisor.showByKernel(web, AgentScenario.QUICK);
        agent.roundAfter(0);
        agent.roundAfter(5);
        agent.hypervisor.restart(web);
        agent.hypervisor.cpu(web, 4 * SECOND);
        agent.time.advance(Duration.ofSeconds(5));
        agent.sampling.round(CPU);
        assertEquals(4 * SECOND, usage().cpu().orElseThrow().usageNanos());
    }

    /** The kernel tells of a life that has not been listed. */
    @Test
    void aSampleOfAnotherLifeThanListedIsNotTaken() {
        agent.hypervisor.showByKernel(web, CPU);
        agent.hypervisor.cpu(web, 9 * SECOND);
        agent.roundAfter(0);
        agent.hypervisor.restart(web);
        agent.hypervisor.cpu(web, 1);
        agent.time.advance(Duration.ofSeconds(5));
        agent.sampling.kernelRound(CPU);
        assertEquals(9 * SECOND, usage().cpu().orElseThrow().usageNanos());
    }

    @Test
    void numbersMoveOnWhileTheListIsStaleAndThatIsTold() {
        agent.hypervisor.showByKernel(web, CPU);
        agent.roundAfter(0);
        agent.roundAfter(5);
        usage();
        agent.hypervisor.breakDown("libvirtd is down");
        agent.hypervisor.cpu(web, 5 * SECOND);
        agent.roundAfter(5);
        assertEquals(OptionalLong.of(SECOND), usage().cpu().orElseThrow().nanoCores());
        assertEquals(
                Optional.of("the list of VMs is stale: libvirtd is down"), agent.sampling.problem(agent.time.now()));
    }

    /** As by an adapter's defect. It is no reason to serve nothing. */
    @Test
    void ifTheKernelCannotBeAskedTheHypervisorIs() {
        AtomicBoolean broken = new AtomicBoolean();
        VmMeter real = agent.hypervisor.meter();
        VmMeter faulty = new VmMeter() {
            @Override
            public Set<Metric> measuredTogether() {
                return real.measuredTogether();
            }

            @Override
            public List<Measured> measureFromKernel(Set<Metric> metrics) {
                if (broken.get()) {
                    throw new IllegalStateException("planted");
                }
                return real.measureFromKernel(metrics);
            }

            @Override
            public List<Measurement> measureAll(Set<Metric> metrics) {
                return real.measureAll(metrics);
            }

            @Override
            public Measurement measure(VmId vm, Set<Metric> metrics) {
                return real.measure(vm, metrics);
            }
        };
        Sampling sampling = new Sampling(
                agent.hypervisor.catalog(), faulty, agent.time, AgentScenario.rules(1), AgentScenario.SILENCE);
        agent.hypervisor.showByKernel(web, CPU);
        sampling.round(CPU);
        sampling.kernelRound(CPU);
        sampling.round(CPU);
        assertEquals(1, agent.hypervisor.calls(Call.MEASURE_ALL), "the kernel tells all");
        broken.set(true);
        sampling.kernelRound(CPU);
        sampling.round(CPU);
        assertEquals(2, agent.hypervisor.calls(Call.MEASURE_ALL));
    }

    @Test
    void aKernelThatFallsSilentIsMissed() {
        agent.roundAfter(0);
        agent.time.advance(AgentScenario.SILENCE.plusSeconds(1));
        agent.sampling.round(AgentScenario.QUICK);
        assertTrue(agent.sampling.problem(agent.time.now()).orElseThrow().startsWith("no round has finished for 26 s"));
    }

    private NetworkUsage network() {
        return agent.queries.sandboxes(Selection.ALL).get(0).total().network().orElseThrow();
    }

    private Usage usage() {
        return agent.queries.containers(Selection.ALL).stream()
                .filter(one -> one.placement().container().value().equals("aaa"))
                .findAny()
                .orElseThrow()
                .usage();
    }
}
