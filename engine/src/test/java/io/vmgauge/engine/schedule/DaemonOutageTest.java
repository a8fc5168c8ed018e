package io.vmgauge.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.MetricRule;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.domain.usage.WorkingSet;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.ports.testkit.FakeHypervisor;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Sampling, executors and scheduler as the agent puts them together, on a hypervisor whose daemon hangs, ends and comes
 * back. The test is the clock's thread.
 */
class DaemonOutageTest {
    private static final Logger AGENT = Logger.getLogger("io.vmgauge.engine");
    private static final String HANGS = "the daemon has not answered for 15 s";
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    private final ManualTime time = new ManualTime();
    private final FakeHypervisor hypervisor = new FakeHypervisor(time);
    private final Sampling sampling =
            new Sampling(hypervisor.catalog(), hypervisor.meter(), time, rules(), Duration.ofMinutes(1));
    private final DeadlineExecutor<String> quick = new DeadlineExecutor<>(
            "quick",
            1,
            Duration.ofSeconds(15),
            2,
            time,
            new Threads("quick-test"),
            DeadlineExecutor.OverdueListener.ignored());
    private final DeadlineExecutor<String> catalog = new DeadlineExecutor<>(
            "catalog",
            1,
            Duration.ofSeconds(15),
            2,
            time,
            new Threads("catalog-test"),
            new DeadlineExecutor.OverdueListener<>(round -> sampling.outage(HANGS), round -> {}));
    private final DeadlineExecutor<VmId> monitor = new DeadlineExecutor<>(
            "monitor",
            4,
            DEADLINE,
            8,
            time,
            new Threads("monitor-test"),
            new DeadlineExecutor.OverdueListener<>(sampling::overdue, sampling::returned));
    private final SamplingScheduler scheduler = new SamplingScheduler(
            Map.of(
                    Metric.CPU, Duration.ofSeconds(5),
                    Metric.MEMORY, Duration.ofSeconds(10),
                    Metric.GUEST_MEMORY, Duration.ofSeconds(30),
                    Metric.NETWORK, Duration.ofSeconds(10)),
            Duration.ofMillis(500),
            new SamplingScheduler.Work(
                    hypervisor.meter().measuredTogether(),
                    sampling::kernelRound,
                    sampling::round,
                    sampling::rest,
                    sampling::measure,
                    sampling::isInDoubt),
            time,
            new SamplingScheduler.Executors(quick, catalog, monitor),
            new Threads("rounds-test"));

    private final Queue<String> log = new ConcurrentLinkedQueue<>();
    private final Handler ear = new Handler() {
        @Override
        public void publish(LogRecord line) {
            log.add(line.getLevel() + " " + String.format(line.getMessage().replace("{}", "%s"), arguments(line)));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private static Object[] arguments(LogRecord line) {
        return line.getParameters() == null ? new Object[0] : line.getParameters();
    }

    private VmId web = new VmId("none");

    @BeforeEach
    void begin() {
        web = hypervisor.add("web");
        hypervisor.add("db");
        AGENT.addHandler(ear);
        scheduler.tick();
        hypervisor.awaitCalls(Call.MEASURE, 2);
        awaitTrue(() -> sampling.problem(time.now()).isEmpty());
        log.clear();
    }

    @AfterEach
    void end() {
        scheduler.close();
        hypervisor.close();
        AGENT.removeHandler(ear);
    }

    /** It freezes while VMs are being asked. All calls hang, and all return when it thaws. */
    @Test
    void aFrozenDaemonIsToldOnceAndNoVmIsBlamed() {
        freezeWhileVmsAreAsked();
        for (int halfSeconds = 0; halfSeconds < 60; halfSeconds++) {
            tickAfterHalfASecond();
            assertEquals(List.of(), sampling.unresponsive());
        }
        assertEquals(Optional.of("the list of VMs is stale: " + HANGS), sampling.problem(time.now()));
        assertEquals(List.of("WARNING The list of VMs is stale: " + HANGS), List.copyOf(log));

        thaw();
        awaitTrue(() -> sampling.problem(time.now()).isEmpty());
        for (int halfSeconds = 0; halfSeconds < 20; halfSeconds++) {
            tickAfterHalfASecond();
            assertEquals(List.of(), sampling.unresponsive());
        }
        assertEquals(
                List.of("WARNING The list of VMs is stale: " + HANGS, "INFO Measuring 2 running VMs"),
                List.copyOf(log));
    }

    /** What the kernel tells moves on, to the end of the outage and after it. */
    @Test
    void aFrozenDaemonDelaysNothingThatTheKernelTells() {
        hypervisor.showByKernel(web, Set.of(Metric.CPU));
        tickFor(Duration.ofSeconds(5));
        freezeWhileVmsAreAsked();
        for (int rounds = 1; rounds <= 6; rounds++) {
            hypervisor.cpu(web, rounds * 1_000_000_000L);
            tickFor(Duration.ofSeconds(5));
            CpuUsage cpu = takeCpu();
            assertEquals(rounds * 1_000_000_000L, cpu.usageNanos());
            assertTrue(Duration.between(cpu.timestamp(), time.now().wall()).compareTo(Duration.ofSeconds(5)) <= 0);
        }
        assertEquals(Optional.of("the list of VMs is stale: " + HANGS), sampling.problem(time.now()));
        thaw();
    }

    private void tickFor(Duration duration) {
        for (long i = 0; i < duration.toMillis() / 500; i++) {
            tickAfterHalfASecond();
        }
    }

    private CpuUsage takeCpu() {
        return sampling.vms().byContainer().values().stream()
                .filter(tracked -> tracked.vm().id().equals(web))
                .findAny()
                .orElseThrow()
                .take(Set.of(Metric.CPU), rules(), time.now())
                .cpu()
                .orElseThrow();
    }

    /** As keepalive does: all calls end with an error after a few seconds, and so does each that follows. */
    @Test
    void callsThatEndWithTheConnectionAreTheOutages() {
        freezeWhileVmsAreAsked();
        for (int halfSeconds = 0; halfSeconds < 10; halfSeconds++) {
            tickAfterHalfASecond();
        }
        hypervisor.breakDown("the daemon does not answer");
        thaw();
        awaitTrue(() -> sampling.problem(time.now()).isPresent());
        int asked = hypervisor.calls(Call.MEASURE);
        for (int halfSeconds = 0; halfSeconds < 40; halfSeconds++) {
            tickAfterHalfASecond();
            assertEquals(List.of(), sampling.unresponsive());
        }
        assertEquals(asked, hypervisor.calls(Call.MEASURE), "VMs were asked while nobody could answer");
        hypervisor.recover();
        awaitTicking(() -> sampling.problem(time.now()).isEmpty());
        assertEquals(
                List.of("WARNING The list of VMs is stale: the daemon does not answer", "INFO Measuring 2 running VMs"),
                List.copyOf(log));
    }

    @Test
    void aVmThatIsReallyStuckIsNamedByItsPodSoonAfterItsDeadlineAndOnce() {
        hypervisor.stick(web);
        askVms();
        hypervisor.awaitWaiting(Call.MEASURE, 1);
        awaitTrue(this::isSettled);
        time.advance(DEADLINE);
        for (int halfSeconds = 0; halfSeconds < 5; halfSeconds++) {
            tickAfterHalfASecond();
        }
        assertEquals(List.of("default/web"), sampling.unresponsive());
        for (int halfSeconds = 0; halfSeconds < 60; halfSeconds++) {
            tickAfterHalfASecond();
        }
        assertEquals(Optional.empty(), sampling.problem(time.now()));
        hypervisor.release(web);
        awaitTicking(() -> sampling.unresponsive().isEmpty());
        assertEquals(
                List.of(
                        "WARNING default/web does not answer and is left alone until it does: is its process stopped, or"
                                + " waiting for its storage?",
                        "INFO default/web answers again"),
                List.copyOf(log));
    }

    /** The reason is another, as when it comes back and turns us away. */
    @Test
    void whatLastsIsSaidAgainOnlyIfItHasBecomeSomethingElse() {
        hypervisor.breakDown("connection refused");
        awaitTicking(() -> !log.isEmpty());
        hypervisor.breakDown("permission denied");
        for (int halfSeconds = 0; halfSeconds < 100; halfSeconds++) {
            tickAfterHalfASecond();
        }
        assertEquals(List.of("WARNING The list of VMs is stale: connection refused"), List.copyOf(log));
        assertEquals(Optional.of("the list of VMs is stale: permission denied"), sampling.problem(time.now()));
        awaitTicking(() -> log.size() > 1);
        assertEquals(
                List.of(
                        "WARNING The list of VMs is stale: connection refused",
                        "WARNING The list of VMs is stale: permission denied"),
                List.copyOf(log));
    }

    private void freezeWhileVmsAreAsked() {
        hypervisor.hold(Call.MEASURE);
        askVms();
        hypervisor.awaitWaiting(Call.MEASURE, 2);
        hypervisor.hold(Call.LIST, Call.MEASURE_ALL);
    }

    /** All calls return before time goes on. Until their threads wake, the hypervisor counts them as waiting. */
    private void thaw() {
        hypervisor.letGo();
        awaitTrue(() -> quick.underWay() + catalog.underWay() + monitor.underWay() == 0);
    }

    private void askVms() {
        time.advance(Duration.ofSeconds(10));
        int rounds = hypervisor.calls(Call.MEASURE_ALL);
        scheduler.tick();
        hypervisor.awaitCalls(Call.MEASURE_ALL, rounds + 1);
    }

    /** And lets the rounds that begin then come to their end, or hang. */
    private void tickAfterHalfASecond() {
        time.advance(Duration.ofMillis(500));
        scheduler.tick();
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        awaitTrue(this::isSettled);
    }

    /** All calls under way hang. Otherwise time that is made by hand could run ahead of them on a busy machine. */
    private boolean isSettled() {
        int hanging = 0;
        for (Call kind : Call.values()) {
            hanging += hypervisor.waiting(kind);
        }
        return quick.underWay() + catalog.underWay() + monitor.underWay() == hanging;
    }

    private void awaitTicking(BooleanSupplier condition) {
        for (int i = 0; i < 1000 && !condition.getAsBoolean(); i++) {
            tickAfterHalfASecond();
        }
        assertTrue(condition.getAsBoolean(), () -> "did not come true: " + log);
    }

    private void awaitTrue(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "did not come true: " + log);
            Thread.onSpinWait();
        }
    }

    private static UsageRules rules() {
        Map<Metric, MetricRule> all = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            all.put(metric, new MetricRule(1, Duration.ofMinutes(10)));
        }
        return new UsageRules(all, WorkingSet.HOST);
    }
}
