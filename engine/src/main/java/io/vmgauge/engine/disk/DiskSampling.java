package io.vmgauge.engine.disk;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.engine.sampling.Sampling;
import io.vmgauge.engine.schedule.DeadlineExecutor;
import io.vmgauge.engine.schedule.SamplingScheduler;
import io.vmgauge.engine.schedule.StaggeredScheduler;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Filesystems;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples disk usage. If the hypervisor is asked, that is done in rounds with the other metrics. If images are read, that is
 * done by a scheduler and an executor of their own. To find out which of them it is may take a minute. Until then disk usage
 * is unknown, and nothing waits for it.
 *
 * <p>Long because the trial and the readings share one lock: each may be closed while it begins.
 */
public final class DiskSampling implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskSampling.class);

    /** A reading that outlasts its adapter's own limit hangs in the kernel. Another worker goes on. */
    private static final int MAX_ABANDONED = 2;
    /** A VM whose readings fail is read at least once in as many intervals. */
    private static final int MAX_INTERVALS = 8;
    /** Between two trials. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final DiskSource source;
    private final Duration interval;
    private final int maxIntervals;
    private final Sampling sampling;
    private final SamplingScheduler rounds;
    private final TimeSource time;

    private final CountDownLatch ended = new CountDownLatch(1);

    // Guarded by this.
    private @Nullable StaggeredScheduler scheduler;
    private boolean begun;
    private boolean closed;

    /**
     * Nothing runs before {@link #start}.
     *
     * @param interval how often disk usage is measured
     * @param maxAge how old a value may be that is served
     */
    public DiskSampling(
            DiskSource source,
            Duration interval,
            Duration maxAge,
            Sampling sampling,
            SamplingScheduler rounds,
            TimeSource time) {
        this.source = source;
        this.interval = interval;
        this.maxIntervals = maxIntervals(maxAge);
        this.sampling = sampling;
        this.rounds = rounds;
        this.time = time;
    }

    /** So that a VM which recovers is read again before its last value is too old. */
    private int maxIntervals(Duration maxAge) {
        return (int) Math.min(MAX_INTERVALS, maxAge.minusNanos(1).dividedBy(interval));
    }

    /** Begins to measure, as soon as the source is known. Returns at once. */
    public void start() {
        if (source.needsTrial()) {
            new Threads("disk-source").newThread(this::beginSometime).start();
        } else {
            begin();
        }
    }

    /** A trial may fail as nobody foresaw. Whatever it was may pass, as a lack of memory does. */
    private void beginSometime() {
        for (boolean isSaid = false; !hasBegun(); isSaid = true) {
            try {
                begin();
            } catch (RuntimeException | Error e) {
                if (!isSaid) {
                    LOG.error(
                            "No disk usage yet: the trial of its source failed, and is done again until it succeeds",
                            e);
                }
                pause();
            }
        }
    }

    private synchronized boolean hasBegun() {
        return closed || begun;
    }

    /** An interval, but no more than a minute; less if it ends meanwhile. */
    private void pause() {
        try {
            ended.await(Math.min(interval.toNanos(), LONGEST_PAUSE.toNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the trial", e);
        }
    }

    private void begin() {
        DiskSource.Choice choice = source.choose();
        synchronized (this) {
            if (!closed) {
                LOG.info("Disk usage comes from {}", choice.summary());
                choice.filesystems().ifPresentOrElse(this::read, () -> rounds.add(Metric.DISK, interval));
                begun = true;
            }
        }
    }

    private synchronized void read(Filesystems filesystems) {
        DeadlineExecutor<VmId> executor = new DeadlineExecutor<>(
                "disk",
                filesystems.concurrency(),
                filesystems.longest(),
                MAX_ABANDONED,
                time,
                new Threads("disk"),
                overdue(filesystems.longest()));
        scheduler = new StaggeredScheduler(
                interval,
                maxIntervals,
                sampling::measuredVms,
                vm -> sampling.read(vm, filesystems.meter()),
                time,
                executor,
                new Threads("readings"));
        scheduler.start();
    }

    private DeadlineExecutor.OverdueListener<VmId> overdue(Duration longest) {
        return new DeadlineExecutor.OverdueListener<>(
                vm -> LOG.warn(
                        "The filesystems of {} have not been read within {} s, and are left alone until that ends: does"
                                + " their storage answer?",
                        sampling.nameOf(vm),
                        longest.toSeconds()),
                vm -> LOG.info("The reading of the filesystems of {} has ended", sampling.nameOf(vm)));
    }

    /** Ends the readings under way. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            ended.countDown();
            if (scheduler != null) {
                scheduler.close();
            }
        }
        source.close();
    }
}
