package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.Metric;
import java.util.Map;

/**
 * All that an operator may choose about aggregation.
 *
 * @param metrics a rule for each metric
 */
public record UsageRules(Map<Metric, MetricRule> metrics, WorkingSet workingSet) {
    public UsageRules {
        metrics = Map.copyOf(metrics);
        for (Metric metric : Metric.values()) {
            if (!metrics.containsKey(metric)) {
                throw new IllegalArgumentException("no rule for " + metric);
            }
        }
    }

    MetricRule rule(Metric metric) {
        MetricRule rule = metrics.get(metric);
        if (rule == null) {
            throw new IllegalStateException("no rule for " + metric);
        }
        return rule;
    }
}
