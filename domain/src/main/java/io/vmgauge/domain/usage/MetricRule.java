package io.vmgauge.domain.usage;

import java.time.Duration;

/**
 * How one metric is aggregated.
 *
 * @param samples how many of the newest samples one answer is made of at most
 * @param maxAge how old the newest sample may be before the metric becomes absent
 */
public record MetricRule(int samples, Duration maxAge) {
    public MetricRule {
        if (samples < 1) {
            throw new IllegalArgumentException("a window holds at least one sample");
        }
        if (maxAge.isNegative() || maxAge.isZero()) {
            throw new IllegalArgumentException("max age must be positive");
        }
    }
}
