package io.vmgauge.app.usecase;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.domain.usage.UsageRules;
import io.vmgauge.domain.usage.UsageWindows;
import io.vmgauge.ports.inbound.KnownVm;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One VM in one of its lives, and the windows of that life. Its descendants in later rounds share the windows, so a
 * sample that arrives while a round replaces the fleet is not lost.
 */
final class TrackedVm {
    private final Vm vm;
    private final long heldSince;
    private final Instant firstSeen;
    private final AtomicReference<UsageWindows> windows;

    private TrackedVm(Vm vm, long heldSince, Instant firstSeen, AtomicReference<UsageWindows> windows) {
        this.vm = vm;
        this.heldSince = heldSince;
        this.firstSeen = firstSeen;
        this.windows = windows;
    }

    /** @param round the number of the round that lists it */
    static TrackedVm born(Vm vm, long round, Instant firstSeen, UsageRules rules) {
        return new TrackedVm(vm, round, firstSeen, new AtomicReference<>(UsageWindows.empty(rules)));
    }

    /** This VM as it is listed now: with its windows if it still lives the same life, with empty ones otherwise. */
    TrackedVm next(Vm now, long round, Instant seen, UsageRules rules) {
        long since = hasIdsOf(now) ? heldSince : round;
        boolean sameState = vm.state().isMeasured() == now.state().isMeasured();
        boolean sameLife =
                sameState && (!now.state().isMeasured() || vm.incarnation().equals(now.incarnation()));
        return sameLife ? new TrackedVm(now, since, firstSeen, windows) : born(now, since, seen, rules);
    }

    /** Whether it is the same container of the same sandbox then; its pod may be called otherwise. */
    boolean hasIdsOf(Vm now) {
        return containerId().equals(now.placement().container().value())
                && sandboxId().equals(now.placement().sandbox().id().value());
    }

    /** Whether its pod's uid is made of its own id, which nobody can choose. */
    boolean isOwnerOfItsPod() {
        return vm.placement().sandbox().uid().equals(vm.id().value());
    }

    /** The number of the round since which it has had its ids, through all of its lives. */
    long heldSince() {
        return heldSince;
    }

    void record(List<Sample<?>> samples) {
        windows.updateAndGet(before -> {
            UsageWindows after = before;
            for (Sample<?> sample : samples) {
                after = after.plus(sample);
            }
            return after;
        });
    }

    /** Takes the windows of these metrics: atomically, so that of several readers each sample serves one. */
    Usage take(Set<Metric> metrics, UsageRules rules, Moment now) {
        return windows.getAndUpdate(w -> w.taken(metrics)).usage(metrics, rules, now);
    }

    Vm vm() {
        return vm;
    }

    boolean isMeasured() {
        return vm.state().isMeasured();
    }

    String containerId() {
        return vm.placement().container().value();
    }

    String sandboxId() {
        return vm.placement().sandbox().id().value();
    }

    KnownVm known() {
        return new KnownVm(vm, firstSeen);
    }
}
