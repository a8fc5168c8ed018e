package io.vmgauge.adapters.grpc;

import io.vmgauge.domain.usage.CpuUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The CPU time that was last told of one container that is a VM. Neither the value nor its time ever falls, and the time
 * grows when the value does: to a reader a counter that falls has begun anew, and all of it counts once more.
 *
 * <p>At first the runtime's own numbers go through. When the VM has some, the runtime's that were told last are told
 * again, until the VM's are newer; from there on only the VM's are told, of which the newest are told again while there
 * are none. What their vCPUs waited comes with them, and does not fall either.
 */
final class ServedCpu {
    /** What is so much older than what was told before, and yet new, is of a host whose clock was set back. */
    static final Duration SET_BACK = Duration.ofMinutes(10);
    /** Over less a rate is mostly noise. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    /** What the next life of vmgauge has to know. */
    record Kept(String vm, long baseline, long counter, Instant time, Rising.Kept steal) {
        long nanos() {
            return baseline + counter;
        }
    }

    private Optional<CpuUsage> told = Optional.empty();
    private boolean isRuntimeKnown;
    private boolean isVms;
    /** Added to the VM's own counter. */
    private long baseline;

    private long counter;
    private Optional<Instant> seen = Optional.empty();
    private Optional<CpuUsage> anchor = Optional.empty();
    /** Only VMs have it, so it is theirs from the beginning. */
    private final Rising steal;

    ServedCpu() {
        steal = new Rising();
    }

    ServedCpu(Kept kept) {
        isRuntimeKnown = true;
        isVms = true;
        baseline = kept.baseline;
        counter = kept.counter;
        steal = new Rising(kept.steal);
        told = Optional.of(new CpuUsage(kept.time, kept.nanos(), OptionalLong.empty()));
        anchor = told;
    }

    /** Absent if nothing of the VM was ever told. */
    Optional<Kept> kept(String vm) {
        return told.filter(some -> isVms).map(some -> new Kept(vm, baseline, counter, some.timestamp(), steal.kept()));
    }

    /**
     * What to tell instead of what the runtime tells; absent if that can stay.
     *
     * @param runtimes what it tells, if it tells any in this answer
     */
    Optional<CpuUsage> next(Optional<CpuUsage> vm, Optional<CpuUsage> runtimes) {
        runtimes.ifPresent(usage -> hear(usage, vm.isPresent()));
        vm.ifPresent(usage -> {
            if (isNew(usage.timestamp())) {
                take(usage);
            }
            seen = Optional.of(usage.timestamp());
        });
        return told.filter(some -> isVms || vm.isPresent());
    }

    /**
     * The runtime's number counts until the VM's are told, and when it is told for the first time, for what it was before
     * some reader has seen.
     */
    private void hear(CpuUsage runtimes, boolean vmIsKnown) {
        if (!isRuntimeKnown) {
            isRuntimeKnown = true;
            CpuUsage before = told.orElse(runtimes);
            long nanos = Math.max(before.usageNanos(), runtimes.usageNanos());
            baseline += isVms ? nanos - before.usageNanos() : 0;
            anchor = Optional.empty();
            told = Optional.of(new CpuUsage(
                    later(before.timestamp(), runtimes.timestamp()),
                    nanos,
                    isVms ? OptionalLong.empty() : runtimes.nanoCores()));
        } else if (!isVms && !vmIsKnown) {
            told = Optional.of(runtimes);
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private boolean isNew(Instant time) {
        return told.isEmpty() || follows(time, told.get().timestamp(), seen);
    }

    /** Whether that can be told after this, which came of a sample of that time if any. */
    static boolean follows(Instant next, Instant told, Optional<Instant> seen) {
        boolean moved = seen.isPresent() && next.isAfter(seen.get());
        return next.isAfter(told) || (moved && next.isBefore(told.minus(SET_BACK)));
    }

    private void take(CpuUsage vm) {
        if (!isVms) {
            baseline = Math.max(0, told.map(CpuUsage::usageNanos).orElse(0L) - vm.usageNanos());
            told = Optional.empty();
        } else if (vm.usageNanos() < counter) {
            baseline += counter;
            anchor = Optional.empty();
        }
        isVms = true;
        counter = vm.usageNanos();
        CpuUsage next = new CpuUsage(vm.timestamp(), baseline + counter, OptionalLong.empty());
        told = Optional.of(
                new CpuUsage(next.timestamp(), next.usageNanos(), rate(next), steal.follow(vm.stealNanos())));
    }

    /** From two that were told, at least as far apart as makes sense; until there are such, the one before still holds. */
    private OptionalLong rate(CpuUsage next) {
        CpuUsage since = anchor.orElse(next);
        Duration span = Duration.between(since.timestamp(), next.timestamp());
        if (anchor.isPresent() && !span.isNegative() && span.compareTo(SHORTEST) < 0) {
            return told.map(CpuUsage::nanoCores).orElse(OptionalLong.empty());
        }
        anchor = Optional.of(next);
        return span.isNegative() || span.isZero()
                ? OptionalLong.empty()
                : OptionalLong.of(Math.round((next.usageNanos() - since.usageNanos()) * 1e9 / span.toNanos()));
    }
}
