package io.vmgauge.engine.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlineExecutorTest {
    private final ManualTime time = new ManualTime();
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicInteger alive = new AtomicInteger();
    private final Queue<String> told = new ConcurrentLinkedQueue<>();
    private final CountDownLatch hang = new CountDownLatch(1);
    private final DeadlineExecutor<String> executor = executor(2, 1);

    private DeadlineExecutor<String> executor(int workers, int mostAbandoned) {
        Threads threads = new Threads("executor-test");
        return new DeadlineExecutor<>(
                "test",
                workers,
                Duration.ofSeconds(3),
                mostAbandoned,
                time,
                job -> {
                    made.incrementAndGet();
                    return threads.newThread(() -> {
                        alive.incrementAndGet();
                        job.run();
                        alive.decrementAndGet();
                    });
                },
                new DeadlineExecutor.OverdueListener<>(
                        key -> told.add(key + " is overdue"), key -> told.add(key + " has returned")));
    }

    @AfterEach
    void letGo() {
        hang.countDown();
        executor.close();
    }

    @Test
    void aStuckCallHoldsUpNobodyElse() {
        stick(executor, "a");
        stick(executor, "b");
        expireAll();
        run(executor, "c");
        assertEquals(List.of("a", "b"), executor.stuck());
    }

    @Test
    void aStuckKeyIsLeftAloneUntilItsCallReturns() {
        stick(executor, "a");
        expireAll();
        CountDownLatch again = new CountDownLatch(1);
        executor.submit("a", again::countDown);
        run(executor, "b");
        assertEquals(1, again.getCount());
        hang.countDown();
        await(again);
        awaitTrue(() -> executor.stuck().isEmpty());
    }

    @Test
    void aCallWithinItsDeadlineIsNotStuck() {
        stick(executor, "a");
        time.advance(Duration.ofSeconds(3));
        executor.expire();
        assertEquals(List.of(), executor.stuck());
        time.advance(Duration.ofNanos(1));
        executor.expire();
        assertEquals(List.of("a"), executor.stuck());
    }

    @Test
    void onlyOfCallsThatAreOverdueAnythingIsToldAndOnce() {
        run(executor, "quick");
        stick(executor, "a");
        expireAll();
        executor.expire();
        assertEquals(List.of("a is overdue"), List.copyOf(told));
        hang.countDown();
        awaitTrue(() -> told.size() == 2);
        assertEquals(List.of("a is overdue", "a has returned"), List.copyOf(told));
    }

    @Test
    void beyondTheCapAbandonedCallsAreNotReplaced() {
        for (String key : List.of("a", "b", "c")) {
            stick(executor, key);
            expireAll();
        }
        CountDownLatch next = new CountDownLatch(1);
        executor.submit("d", next::countDown);
        assertEquals(3, made.get());
        hang.countDown();
        await(next);
    }

    @Test
    void replacedWorkersLeaveAfterTheirCall() {
        stick(executor, "a");
        stick(executor, "b");
        expireAll();
        run(executor, "c");
        assertEquals(3, alive.get());
        hang.countDown();
        awaitTrue(() -> alive.get() <= 2);
        run(executor, "d");
        assertTrue(alive.get() <= 2);
    }

    @Test
    void aJobThatWaitsIsReplacedByANewerOne() {
        DeadlineExecutor<String> narrow = executor(1, 0);
        stick(narrow, "a");
        AtomicInteger ran = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        for (int i = 1; i <= 1000; i++) {
            int number = i;
            narrow.submit("b", () -> ran.addAndGet(number));
        }
        narrow.submit("c", done::countDown);
        hang.countDown();
        await(done);
        assertEquals(1000, ran.get());
        narrow.close();
    }

    @Test
    void aJobThatFailsCostsNoWorker() {
        DeadlineExecutor<String> narrow = executor(1, 0);
        narrow.submit("a", () -> {
            throw new IllegalStateException("planted");
        });
        run(narrow, "a");
        run(narrow, "b");
        assertEquals(1, alive.get());
        narrow.close();
    }

    @Test
    void aThreadThatCannotBeHadIsAskedForAgain() {
        AtomicInteger asked = new AtomicInteger();
        Threads threads = new Threads("executor-test");
        DeadlineExecutor<String> poor = new DeadlineExecutor<>(
                "poor",
                1,
                Duration.ofSeconds(3),
                1,
                time,
                job -> asked.incrementAndGet() == 1 ? new NoThread() : threads.newThread(job),
                DeadlineExecutor.OverdueListener.ignored());
        CountDownLatch done = new CountDownLatch(1);
        poor.submit("a", done::countDown);
        assertEquals(1, done.getCount());
        poor.expire();
        await(done);
        poor.close();
    }

    @Test
    void noReplacementCanBeHadNowAndThenItCan() {
        AtomicInteger asked = new AtomicInteger();
        Threads threads = new Threads("executor-test");
        DeadlineExecutor<String> poor = new DeadlineExecutor<>(
                "poor",
                1,
                Duration.ofSeconds(3),
                1,
                time,
                job -> asked.incrementAndGet() == 2 ? new NoThread() : threads.newThread(job),
                DeadlineExecutor.OverdueListener.ignored());
        stick(poor, "a");
        CountDownLatch done = new CountDownLatch(1);
        poor.submit("b", done::countDown);
        time.advance(Duration.ofSeconds(4));
        poor.expire();
        poor.expire();
        await(done);
        poor.close();
    }

    @Test
    void noThreadIsLeftAfterTheEnd() {
        run(executor, "a");
        run(executor, "b");
        executor.close();
        awaitTrue(() -> alive.get() == 0);
        executor.submit("c", () -> alive.addAndGet(100));
        assertEquals(0, alive.get());
    }

    @Test
    void afterTheEndTheLastCallCanBeAwaited() throws InterruptedException {
        AtomicInteger returned = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        executor.submit("a", () -> {
            begun.countDown();
            await(hang);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            returned.incrementAndGet();
        });
        await(begun);
        executor.close();
        hang.countDown();
        executor.awaitCalls(Duration.ofSeconds(10));
        assertEquals(1, returned.get());
    }

    @Test
    void butNotForLong() throws InterruptedException {
        stick(executor, "a");
        executor.close();
        executor.awaitCalls(Duration.ofMillis(20));
        assertEquals(1, alive.get());
    }

    @Test
    void moreJobsThanWorkersAreAllDone() {
        CountDownLatch done = new CountDownLatch(500);
        for (int i = 0; i < 500; i++) {
            executor.submit("vm" + i, done::countDown);
        }
        await(done);
        assertTrue(alive.get() <= 2);
        assertFalse(executor.stuck().contains("vm1"));
    }

    private void stick(DeadlineExecutor<String> where, String key) {
        CountDownLatch begun = new CountDownLatch(1);
        where.submit(key, () -> {
            begun.countDown();
            await(hang);
        });
        await(begun);
    }

    private static void run(DeadlineExecutor<String> where, String key) {
        CountDownLatch done = new CountDownLatch(1);
        int before = where.underWay();
        where.submit(key, done::countDown);
        await(done);
        // The call ends a little after its job.
        awaitTrue(() -> where.underWay() <= before);
    }

    private void expireAll() {
        time.advance(Duration.ofSeconds(4));
        executor.expire();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS), "did not happen");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void awaitTrue(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "did not come true");
            Thread.onSpinWait();
        }
    }
}
