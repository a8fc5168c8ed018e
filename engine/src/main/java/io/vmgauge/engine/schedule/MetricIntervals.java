package io.vmgauge.engine.schedule;

import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** When each metric is due. It belongs to one thread; only {@link #add} may be called by others. */
final class MetricIntervals {
    private final Map<Metric, Duration> intervals = new ConcurrentHashMap<>();
    private final Duration minInterval;
    private final Map<Metric, Moment> begun = new EnumMap<>(Metric.class);
    private final Set<Metric> early = EnumSet.noneOf(Metric.class);

    /** @param minInterval how soon a metric that is {@link #hasten hastened} is due again */
    MetricIntervals(Map<Metric, Duration> intervals, Duration minInterval) {
        this.intervals.putAll(intervals);
        this.minInterval = minInterval;
    }

    /** One metric more. It is due at once. */
    void add(Metric metric, Duration interval) {
        intervals.put(metric, interval);
    }

    /** These metrics are due earlier, once. */
    void hasten(Collection<Metric> metrics) {
        early.addAll(metrics);
    }

    /** All metrics are due earlier, once. */
    void hastenAll() {
        hasten(intervals.keySet());
    }

    /** The metrics that are due. They are due again an interval after now. */
    Set<Metric> takeDue(Moment now) {
        Set<Metric> due = EnumSet.noneOf(Metric.class);
        intervals.keySet().stream().filter(metric -> untilDue(metric, now) <= 0).forEach(due::add);
        due.forEach(metric -> begun.put(metric, now));
        early.removeAll(due);
        return due;
    }

    /** How long it takes until another metric is due than those that are due now. */
    Duration untilNext(Moment now, Duration longest) {
        long next = longest.toNanos();
        for (Metric metric : intervals.keySet()) {
            long wait = untilDue(metric, now);
            next = wait > 0 ? Math.min(next, wait) : next;
        }
        return Duration.ofNanos(next);
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
}
