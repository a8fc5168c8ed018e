package io.vmgauge.engine.schedule;

import io.vmgauge.domain.sample.Metric;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The metrics that the next call for each key measures. Metrics that fall due while a call waits join it. Thread-safe. */
final class PendingMetrics<K> {
    private final Map<K, Set<Metric>> metrics = new ConcurrentHashMap<>();

    void add(K key, Set<Metric> more) {
        metrics.merge(key, more, PendingMetrics::union);
    }

    /** Removes and returns them. The set is empty if another call has taken them already. */
    Set<Metric> take(K key) {
        Set<Metric> taken = metrics.remove(key);
        return taken == null ? Set.of() : taken;
    }

    private static Set<Metric> union(Set<Metric> some, Set<Metric> more) {
        Set<Metric> all = EnumSet.noneOf(Metric.class);
        all.addAll(some);
        all.addAll(more);
        return Collections.unmodifiableSet(all);
    }
}
