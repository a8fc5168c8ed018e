package io.vmgauge.engine;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.engine.disk.DiskSampling;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.engine.query.UsageQueryService;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.engine.schedule.DeadlineExecutor;
import io.vmgauge.engine.schedule.DeadlineExecutor.OverdueListener;
import io.vmgauge.engine.schedule.SamplingScheduler;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Samples the VMs of one hypervisor in the background, and answers from memory. */
public final class Engine implements AutoCloseable {
    /** Only the hypervisor's daemon can make a round of its own take longer than this. No single VM can. */
    private static final Duration ROUND_DEADLINE = Duration.ofSeconds(15);

    private static final int MAX_ABANDONED_ROUNDS = 2;
    /** How long a start waits for the first list of VMs. */
    private static final Duration FIRST_LIST = Duration.ofSeconds(1);

    private final EngineSettings settings;
    private final TimeSource time;
    private final CountDownLatch listed = new CountDownLatch(1);
    private final Sampling sampling;
    private final SamplingScheduler scheduler;
    private final DiskSampling diskSampling;
    private final UsageQueries queries;

    /**
     * Nothing runs before {@link #start}.
     *
     * @param version what the agent's status tells of itself
     */
    public Engine(
            Hypervisor hypervisor, DiskSource diskSource, EngineSettings settings, String version, TimeSource time) {
        this.settings = settings;
        this.time = time;
        sampling = new Sampling(
                hypervisor.catalog(),
                hypervisor.meter(),
                time,
                settings.rules(),
                settings.longestSilence(ROUND_DEADLINE));
        scheduler = scheduler(hypervisor);
        diskSampling = new DiskSampling(
                diskSource, settings.interval(Metric.DISK), settings.maxAge(Metric.DISK), sampling, scheduler, time);
        queries = new UsageQueryService(
                sampling, time, settings.rules(), scheduler::wake, sampling::unresponsive, version);
    }

    /** What readers may ask. */
    public UsageQueries queries() {
        return queries;
    }

    /**
     * Begins to sample, all but disks. Returns when the VMs are listed: an empty list would look as if there were none.
     * A daemon that is frozen delays the return by a second, and no more.
     */
    public void start() {
        scheduler.start();
        try {
            listed.await(FIRST_LIST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Begins to sample disks. Returns at once. That may boot something, so it comes after all that may fail. */
    public void startDisks() {
        diskSampling.start();
    }

    /** Ends the readings of disks that are under way, and lets no more begin. May take a while. */
    public void closeDisks() {
        diskSampling.close();
    }

    /** Lets no more round begin. Returns at once. */
    @Override
    public void close() {
        scheduler.close();
    }

    /**
     * Waits for what is still under way after {@link #close}: when that is over, nothing more is logged.
     *
     * @param patience the longest for rounds, and the longest for calls of single VMs
     */
    public void awaitCalls(Duration patience) {
        scheduler.awaitCalls(patience);
    }

    private SamplingScheduler scheduler(Hypervisor hypervisor) {
        SamplingScheduler.Work work = new SamplingScheduler.Work(
                hypervisor.meter().measuredTogether(),
                sampling::kernelRound,
                metrics -> {
                    boolean answered = sampling.round(metrics, listed::countDown);
                    // Also if there was nothing to be had.
                    listed.countDown();
                    return answered;
                },
                sampling::rest,
                sampling::measure,
                sampling::isInDoubt);
        return new SamplingScheduler(
                settings.intervalsOfRounds(),
                settings.minInterval(),
                work,
                time,
                new SamplingScheduler.Executors(
                        roundExecutor("quick", OverdueListener.ignored()),
                        roundExecutor("catalog", catalogListener(hypervisor.description())),
                        monitorExecutor(settings.monitor())),
                new Threads("rounds"));
    }

    private OverdueListener<String> catalogListener(String hypervisor) {
        String hangs = hypervisor + " has not answered for " + ROUND_DEADLINE.toSeconds()
                + " s: restart its daemon if it does not recover";
        return new OverdueListener<>(round -> sampling.outage(hangs), round -> {});
    }

    private DeadlineExecutor<String> roundExecutor(String name, OverdueListener<String> listener) {
        return new DeadlineExecutor<>(name, 1, ROUND_DEADLINE, MAX_ABANDONED_ROUNDS, time, new Threads(name), listener);
    }

    private DeadlineExecutor<VmId> monitorExecutor(EngineSettings.Monitor monitor) {
        return new DeadlineExecutor<>(
                "monitor",
                monitor.workers(),
                monitor.deadline(),
                monitor.maxAbandoned(),
                time,
                new Threads("monitor"),
                new OverdueListener<>(sampling::overdue, sampling::returned));
    }
}
