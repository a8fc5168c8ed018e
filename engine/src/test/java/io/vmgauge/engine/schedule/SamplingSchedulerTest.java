package io.vmgauge.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The test is the clock's thread: it moves the time and ticks. */
class SamplingSchedulerTest {
    private static final Set<Metric> TOGETHER = EnumSet.of(Metric.CPU, Metric.NETWORK);
    private static final Set<Metric> CHEAP = EnumSet.of(Metric.CPU, Metric.MEMORY, Metric.NETWORK);
    private static final Set<Metric> EVERY_TEN_SECONDS =
            EnumSet.of(Metric.CPU, Metric.MEMORY, Metric.NETWORK, Metric.BLOCK_IO);
    private static final VmId VM = new VmId("vm");

    private final ManualTime time = new ManualTime();
    private final BlockingQueue<Set<Metric>> kernelRounds = new LinkedBlockingQueue<>();
    private final BlockingQueue<Set<Metric>> rounds = new LinkedBlockingQueue<>();
    private final BlockingQueue<Set<Metric>> calls = new LinkedBlockingQueue<>();
    private volatile @Nullable CountDownLatch hang;
    private volatile boolean down;
    private volatile boolean doubt;
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
            DeadlineExecutor.OverdueListener.ignored());
    private final DeadlineExecutor<VmId> monitor = new DeadlineExecutor<>(
            "monitor",
            1,
            Duration.ofSeconds(3),
            2,
            time,
            new Threads("monitor-test"),
            DeadlineExecutor.OverdueListener.ignored());
    private final SamplingScheduler under = new SamplingScheduler(
            Map.of(
                    Metric.CPU, Duration.ofSeconds(5),
                    Metric.MEMORY, Duration.ofSeconds(10),
                    Metric.GUEST_MEMORY, Duration.ofSeconds(30),
                    Metric.NETWORK, Duration.ofSeconds(10),
                    Metric.DISK, Duration.ofMinutes(5),
                    Metric.BLOCK_IO, Duration.ofSeconds(10)),
            Duration.ofMillis(500),
            work(),
            time,
            new SamplingScheduler.Executors(quick, catalog, monitor),
            new Threads("rounds-test"));

    private SamplingScheduler.Work work() {
        return new SamplingScheduler.Work(
                TOGETHER,
                kernelRounds::add,
                this::round,
                metrics -> Map.of(VM, metrics),
                (vm, metrics) -> calls.add(metrics),
                () -> doubt);
    }

    private boolean round(Set<Metric> metrics) {
        // First, since the test goes on as soon as it knows of this round.
        boolean answers = !down;
        CountDownLatch latch = hang;
        rounds.add(metrics);
        if (latch != null) {
            await(latch);
        }
        return answers;
    }

    @AfterEach
    void end() {
        CountDownLatch latch = hang;
        if (latch != null) {
            latch.countDown();
        }
        under.close();
    }

    @Test
    void itBeginsWithEverything() {
        under.tick();
        assertEquals(TOGETHER, take(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.DISK, Metric.BLOCK_IO), take(calls));
    }

    @Test
    void eachMetricHasItsOwnInterval() {
        begin();
        after(Duration.ofMillis(4999));
        assertNothing(rounds);
        after(Duration.ofMillis(1));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        after(Duration.ofSeconds(5));
        assertEquals(TOGETHER, take(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY, Metric.BLOCK_IO), take(calls));
        assertNothing(calls);
        after(Duration.ofSeconds(20));
        assertEquals(TOGETHER, take(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.BLOCK_IO), take(calls));
    }

    @Test
    void aReaderWakesTheCheapMetricsAtOnce() {
        begin();
        time.advance(Duration.ofSeconds(2));
        under.wake();
        under.tick();
        assertEquals(TOGETHER, take(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY), take(calls));
    }

    @Test
    void aReaderWaitsForTheMinimumInterval() {
        begin();
        time.advance(Duration.ofMillis(100));
        under.wake();
        assertEquals(Duration.ofMillis(400), under.tick());
        assertNothing(rounds);
        after(Duration.ofMillis(400));
        assertEquals(TOGETHER, take(rounds));
    }

    @Test
    void oneRoundServesAllWhoAsked() {
        begin();
        time.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 100; i++) {
            under.wake();
        }
        under.tick();
        assertEquals(TOGETHER, take(rounds));
        after(Duration.ofSeconds(1));
        assertNothing(rounds);
    }

    @Test
    void aRoundThatHangsIsNotQueuedBehind() {
        begin();
        CountDownLatch latch = new CountDownLatch(1);
        hang = latch;
        after(Duration.ofSeconds(5));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        for (int i = 0; i < 2; i++) {
            after(Duration.ofSeconds(5));
        }
        assertNothing(rounds);
        hang = null;
        latch.countDown();
        assertEquals(TOGETHER, take(rounds));
        assertNothing(rounds);
    }

    @Test
    void aRoundThatIsStuckIsFollowedByAnother() {
        begin();
        CountDownLatch latch = new CountDownLatch(1);
        hang = latch;
        after(Duration.ofSeconds(5));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        hang = null;
        after(Duration.ofSeconds(16));
        after(Duration.ofSeconds(5));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        latch.countDown();
    }

    @Test
    void aMetricThatIsAddedIsMeasuredAtOnceAndThenByItsInterval() {
        SamplingScheduler few = new SamplingScheduler(
                Map.of(Metric.CPU, Duration.ofHours(1)),
                Duration.ofMillis(500),
                work(),
                time,
                new SamplingScheduler.Executors(quick, catalog, monitor),
                new Threads("rounds-test"));
        few.tick();
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        few.add(Metric.DISK, Duration.ofMinutes(5));
        few.tick();
        assertEquals(EnumSet.of(Metric.DISK), take(calls));
        time.advance(Duration.ofSeconds(299));
        few.tick();
        assertNothing(calls);
        time.advance(Duration.ofSeconds(1));
        few.tick();
        assertEquals(EnumSet.of(Metric.DISK), take(calls));
    }

    /** The clock's own thread this time, and a first look that fails as no executor lets it. */
    @Test
    void theClockSurvivesALookThatFails() {
        AtomicInteger looks = new AtomicInteger();
        TimeSource faulty = () -> {
            if (looks.incrementAndGet() == 1) {
                throw new OutOfMemoryError("planted");
            }
            return time.now();
        };
        SamplingScheduler surviving = new SamplingScheduler(
                Map.of(Metric.CPU, Duration.ofHours(1)),
                Duration.ofMillis(500),
                work(),
                faulty,
                new SamplingScheduler.Executors(quick, catalog, monitor),
                new Threads("rounds-test"));
        surviving.start();
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        surviving.close();
    }

    @Test
    void aRoundThatHadNoThreadIsRunAsSoonAsThereIsOne() {
        AtomicInteger asked = new AtomicInteger();
        Threads threads = new Threads("poor-test");
        DeadlineExecutor<String> poor = new DeadlineExecutor<>(
                "quick",
                1,
                Duration.ofSeconds(15),
                2,
                time,
                job -> asked.incrementAndGet() == 1 ? new NoThread() : threads.newThread(job),
                DeadlineExecutor.OverdueListener.ignored());
        SamplingScheduler surviving = new SamplingScheduler(
                Map.of(Metric.CPU, Duration.ofHours(1)),
                Duration.ofMillis(500),
                work(),
                time,
                new SamplingScheduler.Executors(quick, poor, monitor),
                new Threads("rounds-test"));
        surviving.start();
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        surviving.close();
    }

    @Test
    void whatTheKernelTellsHasTheSameIntervals() {
        under.tick();
        assertEquals(EnumSet.allOf(Metric.class), take(kernelRounds));
        after(Duration.ofMillis(4999));
        assertNothing(kernelRounds);
        after(Duration.ofMillis(1));
        assertEquals(EnumSet.of(Metric.CPU), take(kernelRounds));
        time.advance(Duration.ofSeconds(2));
        under.wake();
        under.tick();
        assertEquals(CHEAP, take(kernelRounds));
    }

    @Test
    void theKernelIsAskedOnWhileAListHangs() {
        begin();
        CountDownLatch latch = new CountDownLatch(1);
        hang = latch;
        for (int i = 0; i < 4; i++) {
            after(Duration.ofSeconds(5));
            assertEquals(i % 2 == 0 ? EnumSet.of(Metric.CPU) : EVERY_TEN_SECONDS, take(kernelRounds));
        }
        latch.countDown();
    }

    /** Only the list comes more often: the kernel has nothing more to tell for that. */
    @Test
    void whileNobodyCanBeAskedTheNextListIsSoon() {
        begin();
        down = true;
        after(Duration.ofSeconds(5));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        assertEquals(EnumSet.of(Metric.CPU), take(kernelRounds));
        for (int i = 0; i < 3; i++) {
            after(Duration.ofMillis(499));
            assertNothing(rounds);
            time.advance(Duration.ofMillis(1));
            assertEquals(Set.of(), takeSoon(rounds));
        }
        assertNothing(calls);
        assertNothing(kernelRounds);
    }

    /** Their calls would hang, and look as if the VMs did. */
    @Test
    void whileNobodyCanBeAskedNoVmIsAskedByItself() {
        begin();
        down = true;
        after(Duration.ofMinutes(5));
        assertEquals(TOGETHER, take(rounds));
        assertNothing(calls);
        down = false;
        time.advance(Duration.ofMillis(500));
        assertEquals(Set.of(), takeSoon(rounds));
        assertEquals(TOGETHER, takeSoon(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.DISK, Metric.BLOCK_IO), takeSoon(calls));
    }

    @Test
    void inDoubtWhetherAnybodyAnswersTheNextListIsSoonAndAsksNoVm() {
        begin();
        doubt = true;
        for (int i = 0; i < 3; i++) {
            after(Duration.ofMillis(499));
            assertNothing(rounds);
            after(Duration.ofMillis(1));
            assertEquals(Set.of(), take(rounds));
        }
        assertNothing(calls);
        doubt = false;
        after(Duration.ofMillis(3499));
        assertNothing(rounds);
        after(Duration.ofMillis(1));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
    }

    @Test
    void whoReturnsIsAskedForEverythingOnceAndThenAsUsual() {
        begin();
        down = true;
        after(Duration.ofSeconds(5));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
        down = false;
        time.advance(Duration.ofMillis(500));
        assertEquals(Set.of(), takeSoon(rounds));
        assertEquals(TOGETHER, takeSoon(rounds));
        assertEquals(EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.DISK, Metric.BLOCK_IO), takeSoon(calls));
        after(Duration.ofMillis(4999));
        assertNothing(rounds);
        assertNothing(calls);
        after(Duration.ofMillis(1));
        assertEquals(EnumSet.of(Metric.CPU), take(rounds));
    }

    @Test
    void anEndedScheduleBeginsNothing() {
        begin();
        under.close();
        after(Duration.ofMinutes(10));
        assertNothing(rounds);
    }

    private void begin() {
        under.tick();
        take(kernelRounds);
        take(rounds);
        take(calls);
    }

    private void after(Duration passed) {
        time.advance(passed);
        under.tick();
    }

    private static Set<Metric> take(BlockingQueue<Set<Metric>> queue) {
        Set<Metric> taken = poll(queue, 10_000);
        if (taken == null) {
            throw new AssertionError("nothing was measured");
        }
        return taken;
    }

    /** What comes without the time going on, as soon as the last round has ended. */
    private Set<Metric> takeSoon(BlockingQueue<Set<Metric>> queue) {
        for (int i = 0; i < 1000; i++) {
            under.tick();
            Set<Metric> taken = poll(queue, 10);
            if (taken != null) {
                return taken;
            }
        }
        throw new AssertionError("nothing was measured");
    }

    private static void assertNothing(BlockingQueue<Set<Metric>> queue) {
        assertNull(poll(queue, 50));
    }

    private static @Nullable Set<Metric> poll(BlockingQueue<Set<Metric>> queue, long millis) {
        try {
            return queue.poll(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
