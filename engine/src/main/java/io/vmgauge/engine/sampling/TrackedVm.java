package io.vmgauge.engine.sampling;

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
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One VM in one of its lives, and the windows of that life. Each round makes another object for the same life, and all
 * of them share the windows. So a sample that arrives while a round replaces the registry is not lost.
 */
public final class TrackedVm {
    private final Vm vm;
    private final long heldSince;
    private final AtomicReference<Life> life;

    private TrackedVm(Vm vm, long heldSince, AtomicReference<Life> life) {
        this.vm = vm;
        this.heldSince = heldSince;
        this.life = life;
    }

    /** @param startedAt when it began; where nobody can tell, when it was seen first */
    private record Life(Instant startedAt, UsageWindows windows) {
        Life with(UsageWindows next) {
            return new Life(startedAt, next);
        }
    }

    /**
     * A VM in a life that is new here.
     *
     * @param round the number of the round that lists it
     * @param seen by the listing
     */
    static TrackedVm born(Vm vm, long round, Instant seen, UsageRules rules) {
        Life life = new Life(vm.started().orElse(seen), UsageWindows.empty(rules));
        return new TrackedVm(vm, round, new AtomicReference<>(life));
    }

    /** This VM as it is listed now: with its windows if it still lives the same life, with empty ones otherwise. */
    TrackedVm next(Vm now, long round, Instant seen, UsageRules rules) {
        long since = hasIdsOf(now) ? heldSince : round;
        boolean sameLife = now.state().isMeasured()
                ? isMeasured() && vm.incarnation().equals(now.incarnation())
                : vm.state() == now.state();
        return sameLife ? new TrackedVm(now, since, life) : born(now, since, seen, rules);
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

    /**
     * Adds samples of the listed incarnation. If they show that another life has begun unnoticed, that begins here:
     * with empty windows, and now, since nobody tells when it did.
     */
    void record(List<Sample<?>> samples, UsageRules rules, Instant now) {
        life.updateAndGet(before -> {
            Life current = before.windows.isEndedBy(samples) ? new Life(now, UsageWindows.empty(rules)) : before;
            UsageWindows after = current.windows;
            for (Sample<?> sample : samples) {
                after = after.plus(sample);
            }
            return current.with(after);
        });
    }

    /** Takes the windows of these metrics. That is atomic, so each sample is in the answer to one reader only. */
    public Usage take(Set<Metric> metrics, UsageRules rules, Moment now) {
        return life.getAndUpdate(before -> before.with(before.windows.taken(metrics)))
                .windows
                .usage(metrics, rules, now);
    }

    /** As it is listed. */
    public Vm vm() {
        return vm;
    }

    /** Whether it has something to measure. */
    public boolean isMeasured() {
        return vm.state().isMeasured();
    }

    String containerId() {
        return vm.placement().container().value();
    }

    /** The id of its pod sandbox. */
    public String sandboxId() {
        return vm.placement().sandbox().id().value();
    }

    /** As readers know it. */
    public KnownVm known() {
        return new KnownVm(vm, Objects.requireNonNull(life.get()).startedAt);
    }
}
