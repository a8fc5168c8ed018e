package io.vmgauge.app;

import io.vmgauge.app.config.AgentConfig;
import io.vmgauge.app.config.Configuration;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.engine.disk.DiskSampling;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.engine.query.UsageQueryService;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.engine.schedule.DeadlineExecutor;
import io.vmgauge.engine.schedule.SamplingScheduler;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Hypervisor;
import io.vmgauge.ports.spi.Settings;
import java.lang.module.ModuleDescriptor;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The composition root: who is made of what, in the order in which things begin, and how they end. Long because it is the
 * only one.
 */
public final class Agent implements AutoCloseable {
    /** A round that takes longer than this does not hang on one VM but on the hypervisor's daemon. */
    private static final Duration ROUND_DEADLINE = Duration.ofSeconds(15);

    private static final int MAX_ABANDONED_ROUNDS = 2;
    /**
     * How long a start waits for the first list of VMs, one that is refused for the calls of each executor, and an end for the
     * hypervisor.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final Hypervisor hypervisor;
    private final SamplingScheduler scheduler;
    private final DiskSampling diskSampling;
    private final Endpoint endpoint;

    private Agent(Hypervisor hypervisor, SamplingScheduler scheduler, DiskSampling diskSampling, Endpoint endpoint) {
        this.hypervisor = hypervisor;
        this.scheduler = scheduler;
        this.diskSampling = diskSampling;
        this.endpoint = endpoint;
    }

    /** Begins to sample and to serve. */
    public static Agent start(Configuration configuration) {
        AgentConfig config = configuration.agent();
        Adapters adapters = new Adapters(configuration);
        adapters.hypervisor();
        EndpointProvider endpoints = adapters.endpoint();
        Settings served = adapters.endpointSettings();
        // First, so that a slip in these settings is told before anything has begun.
        endpoints.socket(served);
        TimeSource time = new SystemTime();
        DiskSource diskSource = adapters.openDiskSource(time);
        Hypervisor hypervisor = adapters.openHypervisor(time);
        CountDownLatch firstList = new CountDownLatch(1);
        Sampling sampling =
                new Sampling(hypervisor.catalog(), hypervisor.meter(), time, config.rules(), longestSilence(config));
        DeadlineExecutor<VmId> monitorExecutor = monitorExecutor(config.monitor(), sampling, time);
        SamplingScheduler scheduler = scheduler(config, hypervisor, sampling, firstList, time, monitorExecutor);
        DiskSampling diskSampling = new DiskSampling(
                diskSource, config.interval(Metric.DISK), config.maxAge(Metric.DISK), sampling, scheduler, time);
        UsageQueries queries = new UsageQueryService(
                sampling, time, config.rules(), scheduler::wake, sampling::unresponsive, version());
        try {
            scheduler.start();
            await(firstList);
            Endpoint endpoint = endpoints.serve(queries, served);
            // Last: an agent that is refused, because another serves there, should not have booted anything.
            diskSampling.start();
            return new Agent(hypervisor, scheduler, diskSampling, endpoint);
        } catch (RuntimeException e) {
            diskSampling.close();
            scheduler.close();
            // The last word is why it was refused, not what the first round goes on to say of the VMs.
            scheduler.awaitCalls(PATIENCE);
            hypervisor.close();
            throw e;
        }
    }

    /** A round may begin one interval after the last, and may take its deadline; one more interval is for slow hosts. */
    private static Duration longestSilence(AgentConfig config) {
        Duration interval = config.intervals().entrySet().stream()
                .filter(entry -> entry.getKey() != Metric.DISK)
                .map(Map.Entry::getValue)
                .min(Comparator.naturalOrder())
                .orElseThrow();
        return ROUND_DEADLINE.plus(interval.multipliedBy(2));
    }

    private static DeadlineExecutor<VmId> monitorExecutor(
            AgentConfig.Monitor monitor, Sampling sampling, TimeSource time) {
        return new DeadlineExecutor<>(
                "monitor",
                monitor.workers(),
                monitor.deadline(),
                monitor.maxAbandoned(),
                time,
                new Threads("monitor"),
                new DeadlineExecutor.OverdueListener<>(sampling::overdue, sampling::returned));
    }

    private static SamplingScheduler scheduler(
            AgentConfig config,
            Hypervisor hypervisor,
            Sampling sampling,
            CountDownLatch firstList,
            TimeSource time,
            DeadlineExecutor<VmId> monitorExecutor) {
        SamplingScheduler.Work work = new SamplingScheduler.Work(
                hypervisor.meter().measuredTogether(),
                metrics -> {
                    boolean answered = sampling.round(metrics, firstList::countDown);
                    // Also if there was nothing to be had.
                    firstList.countDown();
                    return answered;
                },
                sampling::measuredVms,
                sampling::measure,
                sampling::isInDoubt);
        DeadlineExecutor<String> quickExecutor = quickExecutor(hypervisor, sampling, time);
        Map<Metric, Duration> intervals = new EnumMap<>(config.intervals());
        // Where disk usage comes from is known later.
        intervals.remove(Metric.DISK);
        return new SamplingScheduler(
                intervals, config.minInterval(), work, time, quickExecutor, monitorExecutor, new Threads("rounds"));
    }

    /** No VM can hold up a round. */
    private static DeadlineExecutor<String> quickExecutor(Hypervisor hypervisor, Sampling sampling, TimeSource time) {
        String hangs = hypervisor.description() + " has not answered for " + ROUND_DEADLINE.toSeconds()
                + " s: restart its daemon if it does not recover";
        return new DeadlineExecutor<>(
                "quick",
                1,
                ROUND_DEADLINE,
                MAX_ABANDONED_ROUNDS,
                time,
                new Threads("quick"),
                new DeadlineExecutor.OverdueListener<>(round -> sampling.outage(hangs), round -> {}));
    }

    /**
     * No answer may be an empty list that looks like no VMs; what is not measured yet is absent from it. But a frozen
     * daemon must not keep us from serving.
     */
    private static void await(CountDownLatch firstList) {
        try {
            firstList.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The version of this module. */
    public static String version() {
        ModuleDescriptor module = Agent.class.getModule().getDescriptor();
        return module == null ? "unknown" : module.rawVersion().orElse("unknown");
    }

    /** Where it serves. */
    public String address() {
        return endpoint.address();
    }

    /** What would be left behind ends first and side by side, since whoever told us to end does not wait for long. */
    @Override
    public void close() {
        Thread readings = new Threads("ending").newThread(diskSampling::close);
        readings.start();
        try {
            endpoint.close();
        } finally {
            join(readings, Duration.ZERO);
        }
        scheduler.close();
        // To take leave of a daemon that hangs may take longer than anybody waits; the kernel does it for us.
        Thread leaving = new Threads("leaving").newThread(hypervisor::close);
        leaving.start();
        join(leaving, PATIENCE);
    }

    /** @param longest zero: without end */
    private static void join(Thread thread, Duration longest) {
        try {
            thread.join(longest.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
