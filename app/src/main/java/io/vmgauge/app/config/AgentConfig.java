package io.vmgauge.app.config;

import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.MetricRule;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.domain.usage.WorkingSet;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.ports.spi.Settings;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What an operator may choose of the agent itself. Adapters read their own sections.
 *
 * @param diskSource auto, block, or the name of an adapter that looks into disk images
 */
public record AgentConfig(String hypervisor, String endpoint, String diskSource, EngineSettings engine) {
    /** Of any interval: more often would be nonsense on every host. */
    private static final Duration SHORTEST = Duration.ofMillis(50);

    /** Reads and checks the whole configuration but the adapters' sections. */
    static AgentConfig from(Settings settings) {
        Map<Metric, Duration> intervals = new EnumMap<>(Metric.class);
        Map<Metric, MetricRule> rules = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            String section =
                    "sampling." + metric.name().toLowerCase(Locale.ROOT).replace('_', '-') + ".";
            Duration interval = atLeast(settings, section + "interval", SHORTEST);
            Duration maxAge = settings.duration(section + "max-age");
            if (maxAge.compareTo(interval.multipliedBy(2)) < 0) {
                throw settings.refuse(section + "max-age", "at least twice the interval");
            }
            intervals.put(metric, interval);
            rules.put(metric, new MetricRule(settings.number(section + "samples", 1, 1000), maxAge));
        }
        return new AgentConfig(
                settings.text("hypervisor.name"),
                settings.text("endpoint.name"),
                settings.text("disk.source"),
                new EngineSettings(
                        intervals,
                        atLeast(settings, "sampling.min-interval", SHORTEST),
                        new UsageRules(rules, settings.choice("memory.working-set", WorkingSet.class)),
                        monitor(settings)));
    }

    private static EngineSettings.Monitor monitor(Settings settings) {
        return new EngineSettings.Monitor(
                settings.number("monitor.workers", 1, 64),
                atLeast(settings, "monitor.deadline", Duration.ofMillis(100)),
                settings.number("monitor.max-abandoned", 0, 1000));
    }

    private static Duration atLeast(Settings settings, String key, Duration least) {
        Duration value = settings.duration(key);
        if (value.compareTo(least) < 0) {
            throw settings.refuse(key, "at least " + least.toMillis() + "ms");
        }
        return value;
    }
}
