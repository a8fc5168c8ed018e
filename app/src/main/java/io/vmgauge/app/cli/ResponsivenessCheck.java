package io.vmgauge.app.cli;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.engine.EngineSettings;
import io.vmgauge.engine.schedule.DeadlineExecutor;
import io.vmgauge.engine.schedule.Threads;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmMeter;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks the process of each VM once, as the agent does all the time, to find those that do not answer. It takes a few
 * deadlines at most, however many VMs there are.
 */
final class ResponsivenessCheck {
    private static final Duration STEP = Duration.ofMillis(20);
    /**
     * An agent on the same host may hold a dozen of libvirtd's twenty workers already. With these and those who ask
     * there are some left for everybody else.
     */
    private static final int MAX_ABANDONED = 2;

    private final VmMeter meter;
    private final EngineSettings.Monitor monitor;
    private final TimeSource time;

    ResponsivenessCheck(VmMeter meter, EngineSettings.Monitor monitor, TimeSource time) {
        this.meter = meter;
        this.monitor = monitor;
        this.time = time;
    }

    /**
     * What came of it.
     *
     * @param silent why, for each VM that does not answer
     * @param unasked those that nobody was left to ask
     */
    record Result(Map<VmId, String> silent, Set<VmId> unasked) {
        Result {
            silent = Map.copyOf(silent);
            unasked = Set.copyOf(unasked);
        }
    }

    /** Asks all of these. */
    Result run(Collection<VmId> vms) {
        ConcurrentMap<VmId, String> silent = new ConcurrentHashMap<>();
        Set<VmId> open = ConcurrentHashMap.newKeySet();
        open.addAll(vms);
        try (DeadlineExecutor<VmId> executor = new DeadlineExecutor<>(
                "check",
                monitor.workers(),
                monitor.deadline(),
                Math.min(MAX_ABANDONED, monitor.maxAbandoned()),
                time,
                new Threads("check"),
                DeadlineExecutor.OverdueListener.ignored())) {
            for (VmId vm : vms) {
                executor.submit(vm, () -> {
                    ask(vm, silent);
                    open.remove(vm);
                });
            }
            await(executor, open, silent);
        }
        return new Result(silent, open);
    }

    private void ask(VmId vm, Map<VmId, String> silent) {
        try {
            if (meter.measure(vm, Set.of(Metric.GUEST_MEMORY)) instanceof Measurement.Unresponsive unresponsive) {
                silent.putIfAbsent(vm, unresponsive.why());
            }
        } catch (HypervisorException e) {
            silent.putIfAbsent(vm, String.valueOf(e.getMessage()));
        }
    }

    /** Until all have answered or are overdue, or nobody is left to ask the others. */
    private void await(DeadlineExecutor<VmId> executor, Set<VmId> open, Map<VmId, String> silent) {
        Moment progress = time.now();
        int left = open.size();
        while (left > 0
                && time.now().nanosSince(progress) < 2 * monitor.deadline().toNanos()) {
            LockSupport.parkNanos(STEP.toNanos());
            executor.expire();
            for (VmId stuck : executor.stuck()) {
                silent.putIfAbsent(
                        stuck, "no answer within " + monitor.deadline().toMillis() + " ms");
                open.remove(stuck);
            }
            if (open.size() < left) {
                left = open.size();
                progress = time.now();
            }
        }
    }
}
