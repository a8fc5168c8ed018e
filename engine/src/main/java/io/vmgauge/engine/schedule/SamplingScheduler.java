package io.vmgauge.engine.schedule;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Decides when what is measured. Each metric has its own interval; a reader may {@link #wake} the cheap ones earlier, so
 * that an unwatched host stays quiet and a watched one is fresh. One thread keeps the time, and never blocks; what may
 * hang runs in executors:
 * <ul>
 *   <li>the quick executor lists the VMs and measures what can be measured of all of them together,
 *   <li>the monitor executor measures the rest, VM by VM.
 * </ul>
 *
 * <p>Long by its fields and their documentation; the rules are in {@link #tick}.
 */
public final class SamplingScheduler implements AutoCloseable {
    private static final Set<Metric> CHEAP = Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(Metric.DISK)));
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

    private final Map<Metric, Duration> intervals = new ConcurrentHashMap<>();
    private final Duration minInterval;
    private final Work work;
    private final TimeSource time;
    private final DeadlineExecutor<String> quickExecutor;
    private final DeadlineExecutor<VmId> monitorExecutor;
    private final Thread clock;

    private final PendingMetrics<String> pendingOfAll = new PendingMetrics<>();
    private final PendingMetrics<VmId> pendingOfOne = new PendingMetrics<>();

    private volatile boolean woken;
    /** As long as a round finds nobody to ask, the next one is soon: whoever returns is noticed at once. */
    private volatile boolean outage;
    /** Who returns is asked for everything at once, also for what was not due: it may have been missed. */
    private volatile boolean returned;

    private volatile boolean closed;

    // All below belongs to the clock's thread.
    private Duration pause = CHECK_INTERVAL;
    private final Map<Metric, Moment> begun = new EnumMap<>(Metric.class);
    private final Set<Metric> early = EnumSet.noneOf(Metric.class);
    /** Another number for the round once the last one is stuck, since a stuck key is left alone. */
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
        this.intervals.putAll(intervals);
        this.minInterval = minInterval;
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
        intervals.put(metric, interval);
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
            pause = CHECK_INTERVAL;
            guard.run(() -> pause = tick());
            LockSupport.parkNanos(this, pause.toNanos());
        }
    }

    /** Begins what is due and returns how long nothing will be, if nobody wakes a round. */
    Duration tick() {
        Moment now = time.now();
        if (woken) {
            woken = false;
            early.addAll(CHEAP);
        }
        if (outage || work.isInDoubt().getAsBoolean()) {
            early.addAll(work.measuredTogether());
        }
        if (returned) {
            returned = false;
            early.addAll(intervals.keySet());
        }
        Set<Metric> due = EnumSet.noneOf(Metric.class);
        long rest = CHECK_INTERVAL.toNanos();
        for (Metric metric : intervals.keySet()) {
            long wait = untilDue(metric, now);
            if (wait <= 0) {
                due.add(metric);
            } else {
                rest = Math.min(rest, wait);
            }
        }
        if (!due.isEmpty()) {
            due.forEach(metric -> begun.put(metric, now));
            early.removeAll(due);
            begin(due);
        }
        quickExecutor.expire();
        monitorExecutor.expire();
        return Duration.ofNanos(rest);
    }

    private long untilDue(Metric metric, Moment now) {
        Moment last = begun.get(metric);
        Duration interval = intervals.get(metric);
        if (last == null || interval == null) {
            return 0;
        }
        Duration wait = early.contains(metric) && minInterval.compareTo(interval) < 0 ? minInterval : interval;
        return wait.toNanos() - now.nanosSince(last);
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
