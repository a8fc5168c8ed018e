package io.vmgauge.engine.schedule;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Decides when what is measured. Each metric has its own interval. A reader may {@link #wake} the cheap metrics earlier, so
 * that a host nobody watches stays quiet and a watched one is fresh. One thread keeps the time, and never blocks. What may
 * hang runs on two executors:
 * <ul>
 *   <li>the quick executor lists the VMs and measures what can be measured of all of them together,
 *   <li>the monitor executor measures the rest, VM by VM.
 * </ul>
 *
 * <p>Long by its fields and their documentation. The rules are in {@link #tick}.
 */
public final class SamplingScheduler implements AutoCloseable {
    private static final Set<Metric> CHEAP =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(Metric.GUEST_MEMORY, Metric.DISK)));
    /** How often overdue calls are looked for. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);

    /**
     * What is measured, as far as it matters when.
     *
     * @param measuredTogether the metrics that one round measures of all VMs
     * @param round lists the VMs and measures these metrics of all of them; false if nobody could be asked
     * @param vms those listed last
     * @param measure measures these metrics of one VM
     * @param isInDoubt whether a round is wanted soon, to learn whether anybody can be asked
     */
    public record Work(
            Set<Metric> measuredTogether,
            Predicate<Set<Metric>> round,
            Supplier<? extends Collection<VmId>> vms,
            BiConsumer<VmId, Set<Metric>> measure,
            BooleanSupplier isInDoubt) {}

    private final MetricIntervals intervals;
    private final Work work;
    private final TimeSource time;
    private final DeadlineExecutor<String> quickExecutor;
    private final DeadlineExecutor<VmId> monitorExecutor;
    private final Thread clock;

    private final PendingMetrics<String> pendingOfAll = new PendingMetrics<>();
    private final PendingMetrics<VmId> pendingOfOne = new PendingMetrics<>();

    private volatile boolean woken;
    /** While a round finds nobody to ask, the next one comes soon, so that a hypervisor that returns is noticed at once. */
    private volatile boolean outage;
    /** A hypervisor that returns is asked for everything at once, also for what is not due: it may have been missed. */
    private volatile boolean returned;

    private volatile boolean closed;

    // All below belongs to the clock's thread.
    private Duration nextTick = CHECK_INTERVAL;
    /** A stuck key is left alone. So the round gets another number once the last one is stuck. */
    private int generation;

    /**
     * Nothing runs before {@link #start}.
     *
     * @param intervals one for each metric that is measured from the beginning
     * @param minInterval how soon after the last round of a metric a reader can wake the next
     */
    public SamplingScheduler(
            Map<Metric, Duration> intervals,
            Duration minInterval,
            Work work,
            TimeSource time,
            DeadlineExecutor<String> quickExecutor,
            DeadlineExecutor<VmId> monitorExecutor,
            ThreadFactory threads) {
        this.intervals = new MetricIntervals(intervals, minInterval);
        this.work = work;
        this.time = time;
        this.quickExecutor = quickExecutor;
        this.monitorExecutor = monitorExecutor;
        this.clock = threads.newThread(this::keepTime);
    }

    /** Begins with a round of everything. To be called once. */
    public void start() {
        clock.start();
    }

    /** Measures one metric more from now on. */
    public void add(Metric metric, Duration interval) {
        intervals.add(metric, interval);
    }

    /** Asks for a round of the cheap metrics soon. Returns at once; many callers are served by one round. */
    public void wake() {
        woken = true;
        LockSupport.unpark(clock);
    }

    /** Lets nothing more begin. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(clock);
        quickExecutor.close();
        monitorExecutor.close();
    }

    /**
     * Waits for what is still under way after {@link #close}: when that is over, nothing more is logged.
     *
     * @param patience the longest for each of the two executors
     */
    public void awaitCalls(Duration patience) {
        try {
            quickExecutor.awaitCalls(patience);
            monitorExecutor.awaitCalls(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keepTime() {
        TickGuard guard = new TickGuard("rounds");
        while (!closed) {
            nextTick = CHECK_INTERVAL;
            guard.run(() -> nextTick = tick());
            LockSupport.parkNanos(this, nextTick.toNanos());
        }
    }

    /** Begins what is due and returns how long nothing will be, if nobody wakes a round. */
    Duration tick() {
        Moment now = time.now();
        if (woken) {
            woken = false;
            intervals.hasten(CHEAP);
        }
        if (outage || work.isInDoubt().getAsBoolean()) {
            intervals.hasten(work.measuredTogether());
        }
        if (returned) {
            returned = false;
            intervals.hastenAll();
        }
        Duration pause = intervals.untilNext(now, CHECK_INTERVAL);
        Set<Metric> due = intervals.takeDue(now);
        if (!due.isEmpty()) {
            begin(due);
        }
        quickExecutor.expire();
        monitorExecutor.expire();
        return pause;
    }

    /**
     * The list of VMs comes first, so what is measured VM by VM is handed on by the round; but not if nobody can be asked,
     * since those calls would hang too, and look as if their VMs did.
     */
    private void begin(Set<Metric> due) {
        if (quickExecutor.stuck().contains(roundKey())) {
            generation++;
        }
        String key = roundKey();
        pendingOfAll.add(key, Set.copyOf(due));
        quickExecutor.submit(key, () -> {
            Set<Metric> wanted = pendingOfAll.take(key);
            boolean answered = work.round().test(intersection(wanted, work.measuredTogether()));
            note(answered);
            Set<Metric> others = EnumSet.noneOf(Metric.class);
            others.addAll(wanted);
            others.removeAll(work.measuredTogether());
            if (answered && !others.isEmpty()) {
                work.vms().get().forEach(vm -> measureSoon(vm, others));
            }
        });
    }

    private void note(boolean answered) {
        if (answered && outage) {
            returned = true;
            LockSupport.unpark(clock);
        }
        outage = !answered;
    }

    private void measureSoon(VmId vm, Set<Metric> metrics) {
        pendingOfOne.add(vm, metrics);
        monitorExecutor.submit(vm, () -> work.measure().accept(vm, pendingOfOne.take(vm)));
    }

    private String roundKey() {
        return "round " + generation;
    }

    private static Set<Metric> intersection(Set<Metric> some, Set<Metric> others) {
        Set<Metric> both = EnumSet.noneOf(Metric.class);
        both.addAll(some);
        both.retainAll(others);
        return both;
    }
}
