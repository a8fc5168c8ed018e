package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.usage.CpuUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The CPU time that is told of one container that is a VM. It follows one source at a time, the runtime's account of
 * the container or one life of the VM, and adds only what that source grows by: a reader takes a counter that jumps for
 * work, and one that falls for one that began anew. So neither the value nor its time ever falls, and the time grows
 * when the value does.
 *
 * <p>It follows the runtime first, and again while the VM is known to be gone. It follows the VM from the first sample
 * that is later than what was told; growth before that sample is not told. Only the runtime's stats, in nanoseconds,
 * say where to go on from: its metrics are whole seconds.
 *
 * <p>Long because the two sources and the way from each to the other share all of their state.
 */
public final class CpuCounter {
    /** A VM that was measured so recently is soon measured again: the runtime's last number stands until then. */
    private static final Duration RECENT = Duration.ofSeconds(30);
    /** Stands for a runtime that tells no CPU time. */
    private static final CpuUsage SILENCE = new CpuUsage(Instant.EPOCH, 0, OptionalLong.empty());
    /** The source that is the runtime and not a VM's life. */
    private static final String RUNTIME = "";

    /**
     * What the next life of vmgauge has to know.
     *
     * @param vm the VM that the container is
     * @param life the life that is followed; empty if it is the runtime
     * @param baseline what is added to the counter that is followed; may be negative
     * @param counter the VM's counter that was told last
     * @param nanos what was told last
     * @param time when that was
     * @param heardNanos what the runtime said last in its stats
     * @param heardTime when that was; absent if it said nothing yet
     */
    public record Kept(
            String vm,
            String life,
            long baseline,
            long counter,
            long nanos,
            Instant time,
            long heardNanos,
            Optional<Instant> heardTime,
            MonotonicCounter.Kept steal) {}

    private Optional<CpuUsage> told = Optional.empty();
    /** What the runtime's stats said last. */
    private Optional<CpuUsage> heard = Optional.empty();
    /** The time in the runtime's last answer, even if its clock was set back. */
    private Optional<Instant> heardTime = Optional.empty();

    private String life = RUNTIME;
    private long baseline;
    private long counter;
    /** The time of the VM's sample that was looked at last. */
    private Optional<Instant> seen = Optional.empty();

    private final CpuRate rate = new CpuRate();
    /** Only VMs have steal time, so it never comes from the runtime. */
    private final MonotonicCounter steal;

    public CpuCounter() {
        steal = new MonotonicCounter();
    }

    public CpuCounter(Kept kept) {
        life = kept.life;
        baseline = kept.baseline;
        counter = kept.counter;
        steal = new MonotonicCounter(kept.steal);
        told = Optional.of(new CpuUsage(kept.time, kept.nanos, OptionalLong.empty()));
        heard = kept.heardTime.map(time -> new CpuUsage(time, kept.heardNanos, OptionalLong.empty()));
        rate.startAt(told.get());
    }

    /**
     * Absent while nothing but the runtime's own numbers was told.
     *
     * @param vm the VM that the container is
     */
    public Optional<Kept> kept(String vm) {
        return told.filter(some -> !isRuntime() || baseline != 0)
                .map(some -> new Kept(
                        vm,
                        life,
                        baseline,
                        counter,
                        some.usageNanos(),
                        some.timestamp(),
                        heard.map(CpuUsage::usageNanos).orElse(0L),
                        heard.map(CpuUsage::timestamp),
                        steal.kept()));
    }

    /**
     * What to tell in place of the runtime's value; absent if that can stay.
     *
     * @param runtimes what it tells, if it tells any in this answer
     * @param isExact whether it tells nanoseconds, as in stats, and not whole seconds, as in metrics
     */
    Optional<CpuUsage> next(VmReading vm, Optional<CpuUsage> runtimes, boolean isExact) {
        if (isExact && runtimes.isPresent() && told.isEmpty() && heard.equals(Optional.of(SILENCE))) {
            // The runtime was silent only once.
            heard = Optional.empty();
        }
        vm.cpu().ifPresent(usage -> followVm(vm.life(), usage));
        if (vm.isGone() && !isRuntime()) {
            returnToRuntime(runtimes.filter(some -> isExact));
        }
        if (isRuntime()) {
            runtimes.filter(some -> !isAwaited(vm, some)).ifPresent(some -> followRuntime(some, isExact));
        }
        if (isExact) {
            remember(runtimes);
        }
        heardTime = runtimes.map(CpuUsage::timestamp).or(() -> heardTime);
        return told.filter(some -> runtimes.isEmpty() || !isSame(some, runtimes.get()));
    }

    /** Learns what the runtime's stats said to vmgauge itself. */
    public void hear(Optional<CpuUsage> runtimes) {
        if (isRuntime() && heard.isEmpty()) {
            runtimes.ifPresent(some -> followRuntime(some, true));
        }
        remember(runtimes);
    }

    /** Whether vmgauge must ask for the runtime's stats, because the answers that pass by are only metrics. */
    public boolean lacksRuntime(VmReading.State vm) {
        return heard.isEmpty() || (vm == VmReading.State.GONE && !isRuntime());
    }

    /** The container is another VM now. */
    public void beginAnew() {
        steal.beginAnew();
    }

    private boolean isRuntime() {
        return life.equals(RUNTIME);
    }

    private static boolean isSame(CpuUsage one, CpuUsage other) {
        return one.timestamp().equals(other.timestamp()) && one.usageNanos() == other.usageNanos();
    }

    /** A runtime that tells no CPU time of a container is taken to have told 0. Kubelets do the same. */
    private void remember(Optional<CpuUsage> runtimes) {
        CpuUsage now = runtimes.orElse(SILENCE);
        if (heard.isEmpty()
                || (runtimes.isPresent()
                        && Timestamps.follows(now.timestamp(), heard.get().timestamp(), heardTime))) {
            heard = Optional.of(now);
        }
    }

    private boolean isAwaited(VmReading vm, CpuUsage runtimes) {
        return told.isPresent()
                && heard.isPresent()
                && vm.cpu()
                        .filter(usage ->
                                usage.timestamp().isAfter(runtimes.timestamp().minus(RECENT)))
                        .isPresent();
    }

    private void followRuntime(CpuUsage runtimes, boolean isExact) {
        CpuUsage last = told.orElse(runtimes);
        boolean isFirst = isExact && heard.isEmpty();
        boolean isLater = told.isEmpty() || Timestamps.follows(runtimes.timestamp(), last.timestamp(), heardTime);
        if (!isLater && !isFirst) {
            return;
        }
        if (isExact && heard.isPresent() && runtimes.usageNanos() < heard.get().usageNanos()) {
            // It began anew.
            baseline = last.usageNanos() - runtimes.usageNanos();
        }
        told = Optional.of(new CpuUsage(
                isLater ? runtimes.timestamp() : last.timestamp(),
                Math.max(baseline + runtimes.usageNanos(), last.usageNanos()),
                runtimes.nanoCores()));
    }

    /** Goes on from what was told, by what the runtime counted since, as far as that is known. */
    private void returnToRuntime(Optional<CpuUsage> runtimes) {
        Optional<CpuUsage> since = heard.filter(some ->
                        told.isEmpty() || !some.timestamp().isBefore(told.get().timestamp()))
                .or(() -> runtimes);
        if (since.isPresent() && told.isPresent()) {
            life = RUNTIME;
            baseline = told.get().usageNanos() - since.get().usageNanos();
            rate.beginAnew();
        }
    }

    private void followVm(String vmsLife, CpuUsage vm) {
        Optional<CpuUsage> last = told.or(() -> heard);
        // Only what the runtime's stats said tells where to go on from.
        if (last.isPresent()
                && (!isRuntime() || heard.isPresent())
                && Timestamps.follows(vm.timestamp(), last.get().timestamp(), seen)) {
            if (!vmsLife.equals(life) || vm.usageNanos() < counter) {
                baseline = last.get().usageNanos() - vm.usageNanos();
                rate.beginAnew();
            }
            life = vmsLife;
            take(vm);
        }
        seen = Optional.of(vm.timestamp());
    }

    private void take(CpuUsage vm) {
        counter = vm.usageNanos();
        long nanos = baseline + counter;
        told = Optional.of(
                new CpuUsage(vm.timestamp(), nanos, rate.next(vm.timestamp(), nanos), steal.follow(vm.stealNanos())));
    }
}
