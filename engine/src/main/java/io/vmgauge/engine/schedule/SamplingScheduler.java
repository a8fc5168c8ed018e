package io.vmgauge.engine.schedule;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides when what is measured. Each metric has its own interval. A reader may {@link #wake} the cheap metrics
 * earlier, so that a host nobody watches stays quiet and a watched one is fresh. One thread keeps the time, and never
 * blocks. What may hang runs on three executors, and no one of them waits for another:
 * <ul>
 * <li>the quick executor measures what the kernel tells,
 * <li>the catalog executor lists the VMs and measures what else can be measured of all of them together,
 * <li>the monitor executor measures the rest, VM by VM.
 * </ul>
 *
 * <p>Long by its fields and their documentation. The rules are in {@link #tick}.
 */
public final class SamplingScheduler implements AutoCloseable {
    private static final Set<Metric> CHEAP = Collections.unmodifiableSet(
            EnumSet.complementOf(EnumSet.of(Metric.GUEST_MEMORY, Metric.DISK, Metric.BLOCK_IO)));
    /** How often overdue calls are looked for. */
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);

    /**
     * What is measured, as far as it matters when.
     *
     * @param measuredTogether the metrics that one round measures of all VMs
     * @param kernelRound measures these metrics, any, as far as the kernel tells them
     * @param round lists the VMs and measures these metrics of all of them, as far as the kernel did not tell them;
     *     false if nobody could be asked
     * @param rest which of these metrics are to be measured VM by VM, for the VMs listed last
     * @param measure measures these metrics of one VM
     * @param isInDoubt whether a round is wanted soon, to learn whether anybody can be asked
     */
    public record Work(
            Set<Metric> measuredTogether,
            Consumer<Set<Metric>> kernelRound,
            Predicate<Set<Metric>> round,
            Function<Set<Metric>, Map<VmId, Set<Metric>>> rest,
            BiConsumer<VmId, Set<Metric>> measure,
            BooleanSupplier isInDoubt) {}

    /** What runs the work. */
    public record Executors(
            DeadlineExecutor<String> quick, DeadlineExecutor<String> catalog, DeadlineExecutor<VmId> monitor) {}

    private final MetricIntervals intervals;
    private final Duration minInterval;
    private final Work work;
    private final TimeSource time;
    private final Executors executors;
    private final Thread clock;

    private final Rounds kernelRounds;
    private final Rounds catalogRounds;
    private final PendingMetrics<VmId> pendingOfOne = new PendingMetrics<>();

    private volatile boolean woken;
    /**
     * While a list finds nobody to ask, the next one comes soon, so that a hypervisor that returns is noticed at once.
     */
    private volatile boolean outage;
    /** A hypervisor that returns is asked for everything at once, also for what is not due: it may have been missed. */
    private volatile boolean returned;

    private volatile boolean closed;

    // All below belongs to the clock's thread.
    private Duration nextTick = CHECK_INTERVAL;
    private @Nullable Moment listed;

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
            Executors executors,
            ThreadFactory threads) {
        this.intervals = new MetricIntervals(intervals, minInterval);
        this.minInterval = minInterval;
        this.work = work;
        this.time = time;
        this.executors = executors;
        this.kernelRounds = new Rounds(executors.quick, work.kernelRound);
        this.catalogRounds = new Rounds(executors.catalog, this::catalogRound);
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
        executors.quick.close();
        executors.catalog.close();
        executors.monitor.close();
    }

    /**
     * Waits for what is still under way after {@link #close}: when that is over, nothing more is logged.
     *
     * @param patience the longest for each of the executors
     */
    public void awaitCalls(Duration patience) {
        try {
            executors.quick.awaitCalls(patience);
            executors.catalog.awaitCalls(patience);
            executors.monitor.awaitCalls(patience);
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
        if (returned) {
            returned = false;
            intervals.hastenAll();
        }
        Duration pause = intervals.untilNext(now, CHECK_INTERVAL);
        Set<Metric> due = intervals.takeDue(now);
        if (!due.isEmpty() || isListWanted(now)) {
            listed = now;
            begin(due);
        }
        executors.quick.expire();
        executors.catalog.expire();
        executors.monitor.expire();
        return pause;
    }

    private boolean isListWanted(Moment now) {
        return (outage || work.isInDoubt().getAsBoolean())
                && (listed == null || now.nanosSince(listed) >= minInterval.toNanos());
    }

    private void begin(Set<Metric> due) {
        if (!due.isEmpty()) {
            kernelRounds.begin(due);
        }
        catalogRounds.begin(due);
    }

    /**
     * The list of VMs comes first, so what is measured VM by VM is handed on by the round; but not if nobody can be
     * asked, since those calls would hang too, and look as if their VMs did.
     */
    private void catalogRound(Set<Metric> wanted) {
        boolean answered = work.round().test(intersection(wanted, work.measuredTogether()));
        note(answered);
        Set<Metric> others = EnumSet.noneOf(Metric.class);
        others.addAll(wanted);
        others.removeAll(work.measuredTogether());
        if (answered && !others.isEmpty()) {
            work.rest().apply(others).forEach(this::measureSoon);
        }
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
        executors.monitor.submit(vm, () -> work.measure().accept(vm, pendingOfOne.take(vm)));
    }

    private static Set<Metric> intersection(Set<Metric> some, Set<Metric> others) {
        Set<Metric> both = EnumSet.noneOf(Metric.class);
        both.addAll(some);
        both.retainAll(others);
        return both;
    }
}
