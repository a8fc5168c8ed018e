package io.vmgauge.engine;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.MetricRule;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.domain.usage.WorkingSet;
import io.vmgauge.engine.query.UsageQueryService;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.ports.testkit.FakeHypervisor;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** An agent without threads before a fake hypervisor: tests say when a round is, and what time it is. */
public final class AgentScenario {
    public static final Set<Metric> QUICK = EnumSet.of(Metric.CPU, Metric.NETWORK);

    private static final Set<Metric> ONE_BY_ONE = EnumSet.complementOf(EnumSet.of(Metric.CPU, Metric.NETWORK));

    public static final Duration SILENCE = Duration.ofSeconds(25);

    public final ManualTime time = new ManualTime();
    public final FakeHypervisor hypervisor = new FakeHypervisor(time);
    public final AtomicInteger wakes = new AtomicInteger();
    public final Sampling sampling;
    public final UsageQueryService queries;

    public AgentScenario() {
        this(3);
    }

    /** @param samples how many of CPU are kept for the next answer */
    public AgentScenario(int samples) {
        UsageRules rules = rules(samples);
        sampling = new Sampling(hypervisor.catalog(), hypervisor.meter(), time, rules, SILENCE);
        queries = new UsageQueryService(
                sampling, time, rules, wakes::incrementAndGet, () -> List.of("shop/db-0"), "1.2.3");
    }

    public static UsageRules rules(int samples) {
        return new UsageRules(
                Map.of(
                        Metric.CPU, new MetricRule(samples, Duration.ofMinutes(10)),
                        Metric.MEMORY, new MetricRule(1, Duration.ofMinutes(10)),
                        Metric.GUEST_MEMORY, new MetricRule(1, Duration.ofMinutes(10)),
                        Metric.NETWORK, new MetricRule(1, Duration.ofMinutes(10)),
                        Metric.DISK, new MetricRule(1, Duration.ofMinutes(30)),
                        Metric.BLOCK_IO, new MetricRule(1, Duration.ofMinutes(10))),
                WorkingSet.HOST);
    }

    /** A round of everything after some time. */
    public void roundAfter(int seconds) {
        time.advance(Duration.ofSeconds(seconds));
        sampling.kernelRound(QUICK);
        sampling.round(QUICK);
        sampling.measuredVms().forEach(vm -> sampling.measure(vm, ONE_BY_ONE));
    }

    public VmId add(String pod, String containerId) {
        return hypervisor.add(pod, placement("sandbox-" + pod, pod, containerId, Map.of("app", pod)));
    }

    public static Placement placement(String sandboxId, String pod, String containerId, Map<String, String> labels) {
        return new Placement(
                new PodSandbox(new PodSandboxId(sandboxId), "shop", pod, "uid-" + pod, 0, labels, Map.of()),
                new ContainerId(containerId),
                "vm",
                0,
                "image");
    }
}
