package io.vmgauge.engine.schedule;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Decides when each VM is read by something that is costly for the host. Every VM has a place of its own in the interval.
 * So readings are spread over the interval and do not come all together. The place depends on the VM's id, so a restart of
 * the agent does not change it. A VM whose reading fails is read less and less often, until one succeeds.
 *
 * <p>It has a thread and an executor of its own, so no reading delays a round. One thread keeps the time, and never blocks.
 */
public final class StaggeredScheduler implements AutoCloseable {
    /** How soon a new VM is noticed. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);

    private final Duration interval;
    private final int maxIntervals;
    private final Supplier<? extends Collection<VmId>> vms;
    private final Predicate<VmId> reading;
    private final TimeSource time;
    private final DeadlineExecutor<VmId> executor;
    private final Thread clock;
    private final Map<VmId, Failures> failures = new ConcurrentHashMap<>();
    private volatile boolean closed;

    // Both belong to the clock's thread.
    private final Map<VmId, Long> due = new HashMap<>();
    private final Moment begun;

    /**
     * Nothing runs before {@link #start}.
     *
     * @param maxIntervals how many intervals may lie between two readings of a VM that fails
     * @param vms those to be read, as of now
     * @param reading reads one VM, however long that takes; false if that failed
     */
    public StaggeredScheduler(
            Duration interval,
            int maxIntervals,
            Supplier<? extends Collection<VmId>> vms,
            Predicate<VmId> reading,
            TimeSource time,
            DeadlineExecutor<VmId> executor,
            ThreadFactory threads) {
        this.interval = interval;
        this.maxIntervals = maxIntervals;
        this.vms = vms;
        this.reading = reading;
        this.time = time;
        this.executor = executor;
        this.begun = time.now();
        this.clock = threads.newThread(this::keepTime);
    }

    /** To be called once. */
    public void start() {
        clock.start();
    }

    /** Lets nothing more begin. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(clock);
        executor.close();
    }

    private void keepTime() {
        TickGuard guard = new TickGuard("readings");
        while (!closed) {
            guard.run(this::tick);
            LockSupport.parkNanos(this, CHECK_INTERVAL.toNanos());
        }
    }

    /** Begins what is due. */
    void tick() {
        long now = time.now().nanosSince(begun);
        Collection<VmId> present = vms.get();
        due.keySet().retainAll(present);
        failures.keySet().retainAll(present);
        for (VmId vm : present) {
            long when = due.computeIfAbsent(vm, v -> next(v, now));
            if (when <= now) {
                due.put(vm, next(vm, now + 1));
                if (isTurnOf(vm)) {
                    executor.submit(vm, () -> read(vm));
                }
            }
        }
        executor.expire();
    }

    /** Whether a VM that failed has sat out enough of its places by now. */
    private boolean isTurnOf(VmId vm) {
        Failures failed = failures.computeIfPresent(vm, (v, f) -> f.oneLessToSitOut());
        return failed == null || failed.toSitOut < 0;
    }

    private void read(VmId vm) {
        if (reading.test(vm)) {
            failures.remove(vm);
        } else {
            failures.compute(vm, (v, before) -> Failures.after(before == null ? 1 : before.intervals, maxIntervals));
        }
    }

    /**
     * What is remembered of a VM that fails.
     *
     * @param intervals between its readings
     * @param toSitOut how many of its places it lets pass
     */
    private record Failures(int intervals, int toSitOut) {
        static Failures after(int intervals, int most) {
            int next = Math.min(most, intervals * 2);
            return new Failures(next, next - 1);
        }

        Failures oneLessToSitOut() {
            return new Failures(intervals, toSitOut - 1);
        }
    }

    /** The VM's next place in time, at or after now. */
    private long next(VmId vm, long now) {
        long length = interval.toNanos();
        // The mixing of HashMap is not enough: ids of VMs that were made together are alike.
        long place = Math.floorMod(vm.value().hashCode() * 0x9E3779B97F4A7C15L, length);
        return now + Math.floorMod(place - now, length);
    }
}
