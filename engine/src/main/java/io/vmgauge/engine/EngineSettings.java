package io.vmgauge.engine;

import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.UsageRules;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * What an operator may choose of sampling.
 *
 * @param intervals how often each metric is sampled
 * @param minInterval how soon after the last round of a metric a reader can wake the next
 * @param rules how many samples are kept of each metric, and for how long
 * @param monitor how VMs are asked one by one
 */
public record EngineSettings(Map<Metric, Duration> intervals, Duration minInterval, UsageRules rules, Monitor monitor) {
    public EngineSettings {
        intervals = Map.copyOf(intervals);
    }

    /**
     * How VMs are asked one by one.
     *
     * @param workers how many at once
     * @param deadline when a call is abandoned
     * @param maxAbandoned how many abandoned calls are replaced
     */
    public record Monitor(int workers, Duration deadline, int maxAbandoned) {}

    /** The metrics that rounds measure. Something else may read disks; that is known later. */
    Map<Metric, Duration> intervalsOfRounds() {
        Map<Metric, Duration> ofRounds = new EnumMap<>(intervals);
        ofRounds.remove(Metric.DISK);
        return ofRounds;
    }

    /** A round begins one interval after the last, and may take its deadline. One more interval is for slow hosts. */
    Duration longestSilence(Duration roundDeadline) {
        return roundDeadline.plus(Collections.min(intervalsOfRounds().values()).multipliedBy(2));
    }

    /** How often this metric is sampled. */
    Duration interval(Metric metric) {
        return Objects.requireNonNull(intervals.get(metric), "each metric has an interval");
    }

    /** How old a value of this metric may be that is served. */
    Duration maxAge(Metric metric) {
        return Objects.requireNonNull(rules.metrics().get(metric), "each metric has a rule")
                .maxAge();
    }
}
