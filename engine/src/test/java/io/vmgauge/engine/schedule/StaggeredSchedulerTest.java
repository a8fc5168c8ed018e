package io.vmgauge.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The test is the clock's thread: it moves the time and ticks. */
class StaggeredSchedulerTest {
    private static final int INTERVAL = 300;
    private static final VmId VM = new VmId("00000000-0000-4000-8000-000000000001");

    private final ManualTime time = new ManualTime();
    private final List<VmId> vms = new ArrayList<>(List.of(VM));
    private final Set<VmId> failing = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<VmId> read = new LinkedBlockingQueue<>();
    private final DeadlineExecutor<VmId> executor = new DeadlineExecutor<>(
            "disk-test",
            1,
            Duration.ofMinutes(5),
            1,
            time,
            new Threads("disk-test"),
            DeadlineExecutor.OverdueListener.ignored());
    private final StaggeredScheduler under = readings();

    private StaggeredScheduler readings() {
        return readings(8);
    }

    private StaggeredScheduler readings(int maxIntervals) {
        return new StaggeredScheduler(
                Duration.ofSeconds(INTERVAL),
                maxIntervals,
                () -> List.copyOf(vms),
                vm -> {
                    boolean done = !failing.contains(vm);
                    read.add(vm);
                    return done;
                },
                time,
                executor,
                new Threads("readings-test"));
    }

    @AfterEach
    void end() {
        under.close();
    }

    @Test
    void eachVmIsReadOnceAnIntervalAtAPlaceOfItsOwn() throws Exception {
        for (int i = 2; i <= 30; i++) {
            vms.add(new VmId("00000000-0000-4000-8000-%012x".formatted(i)));
        }
        Map<VmId, Integer> first = new HashMap<>();
        for (int second = 0; second < INTERVAL; second++) {
            for (VmId vm : secondPasses(vms.size())) {
                assertNull(first.put(vm, second), "read twice");
            }
        }
        assertEquals(Set.copyOf(vms), first.keySet());
        assertTrue(new HashSet<>(first.values()).size() > 20, "not spread: " + first.values());
        for (int second = 0; second < INTERVAL; second++) {
            for (VmId vm : secondPasses(vms.size())) {
                assertEquals(first.get(vm), second);
            }
        }
    }

    /** The clock's own thread this time. */
    @Test
    void theClockSurvivesALookThatFails() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        StaggeredScheduler surviving = new StaggeredScheduler(
                Duration.ofNanos(1),
                8,
                () -> {
                    if (looks.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("planted");
                    }
                    return List.of(VM);
                },
                read::add,
                time,
                executor,
                new Threads("readings-test"));
        surviving.start();
        assertEquals(VM, read.poll(10, TimeUnit.SECONDS));
        surviving.close();
    }

    @Test
    void aVmThatFailsIsReadLessAndLessOftenUntilOneSucceeds() throws Exception {
        failing.add(VM);
        assertEquals(List.of(0, 2, 4, 8, 8), gaps(5));
        failing.clear();
        assertEquals(List.of(8, 1, 1), gaps(3));
        failing.add(VM);
        assertEquals(List.of(1, 2, 4), gaps(3));
    }

    /** Or its last value would be too old although it could be read again. */
    @Test
    void aVmThatFailsIsNotReadLessOftenThanSaid() throws Exception {
        failing.add(VM);
        try (StaggeredScheduler often = readings(5)) {
            assertEquals(List.of(0, 2, 4, 5, 5), gaps(often, 5));
        }
    }

    @Test
    void aVmThatFailsDoesNotHoldUpTheOthers() throws Exception {
        VmId other = new VmId("other");
        vms.add(other);
        failing.add(VM);
        int others = 0;
        for (int second = 0; second < 4 * INTERVAL; second++) {
            others += secondPasses(2).contains(other) ? 1 : 0;
        }
        assertEquals(4, others);
    }

    @Test
    void aVmThatIsGoneIsForgottenWithItsFailures() throws Exception {
        failing.add(VM);
        gaps(3);
        vms.clear();
        assertEquals(List.of(), secondPasses(1));
        vms.add(VM);
        failing.clear();
        assertTrue(gaps(1).get(0) <= 1);
    }

    @Test
    void aReadingThatTakesLongerThanTheIntervalIsNotQueuedBehind() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        BlockingQueue<VmId> begun = new LinkedBlockingQueue<>();
        StaggeredScheduler slow = new StaggeredScheduler(
                Duration.ofSeconds(INTERVAL),
                8,
                () -> List.of(VM),
                vm -> {
                    begun.add(vm);
                    await(latch);
                    return true;
                },
                time,
                executor,
                new Threads("readings-test"));
        slow.tick();
        time.advance(Duration.ofSeconds(INTERVAL));
        slow.tick();
        assertEquals(VM, begun.poll(5, TimeUnit.SECONDS));
        for (int i = 0; i < 3; i++) {
            time.advance(Duration.ofSeconds(INTERVAL));
            slow.tick();
        }
        assertNull(begun.poll(50, TimeUnit.MILLISECONDS));
        latch.countDown();
        assertEquals(VM, begun.poll(5, TimeUnit.SECONDS));
        assertNull(begun.poll(50, TimeUnit.MILLISECONDS));
    }

    @Test
    void theSameVmHasTheSamePlaceAfterARestartOfTheAgent() throws Exception {
        int place = placeOfNext(under);
        time.advance(Duration.ofSeconds(77));
        try (StaggeredScheduler next = readings()) {
            assertEquals(place, placeOfNext(next));
        }
    }

    private int placeOfNext(StaggeredScheduler readings) throws InterruptedException {
        for (int second = 0; second < INTERVAL; second++) {
            readings.tick();
            idle();
            if (read.poll() != null) {
                return second;
            }
            time.advance(Duration.ofSeconds(1));
        }
        throw new AssertionError("never read");
    }

    /** How many whole intervals lie between this many readings of the VM, the first counted from now. */
    private List<Integer> gaps(int number) throws InterruptedException {
        return gaps(under, number);
    }

    private List<Integer> gaps(StaggeredScheduler of, int number) throws InterruptedException {
        List<Integer> gaps = new ArrayList<>();
        int seconds = 0;
        while (gaps.size() < number) {
            seconds++;
            if (!secondPasses(of, 1).isEmpty()) {
                gaps.add(seconds / INTERVAL);
                seconds = 0;
            }
        }
        return gaps;
    }

    /** What is read in one second. Waits for it, since the executor has a thread of its own. */
    private List<VmId> secondPasses(int most) throws InterruptedException {
        return secondPasses(under, most);
    }

    private List<VmId> secondPasses(StaggeredScheduler of, int most) throws InterruptedException {
        of.tick();
        idle();
        time.advance(Duration.ofSeconds(1));
        List<VmId> all = new ArrayList<>();
        read.drainTo(all, most);
        return all;
    }

    /** The executor has one worker and does its work in order. */
    private void idle() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        executor.submit(new VmId("idle"), done::countDown);
        assertTrue(done.await(10, TimeUnit.SECONDS));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
