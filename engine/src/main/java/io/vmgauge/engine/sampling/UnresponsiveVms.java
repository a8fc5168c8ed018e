package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The VMs whose own process does not answer. A call that takes too long is no proof of that: the hypervisor's daemon may
 * hang, and every call with it. So a VM is named only after the daemon has answered two rounds, and the second began a
 * moment after the first had ended. No VM can hold up a round, so by then the daemon has answered whatever it could, and the
 * answers have been noticed. A VM stays named until it answers itself, or is gone. Thread-safe; never blocks.
 */
final class UnresponsiveVms {
    private static final Logger LOG = LoggerFactory.getLogger(UnresponsiveVms.class);
    /**
     * How long after the first round the second begins at the earliest, in nanoseconds. A daemon that thaws answers a round
     * and single calls in the same moment, and on a busy host the threads of those calls may wake last.
     */
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(250);

    private final Map<VmId, Suspicion> suspected = new HashMap<>();
    private final Set<VmId> named = new HashSet<>();

    /**
     * A call for the VM is overdue.
     *
     * @param since a round that begins from now on tells whether the daemon answers
     * @param first whether one round is still needed before the one that counts
     */
    private record Suspicion(Moment since, boolean first) {}

    /** A call for this VM takes too long. */
    synchronized void overdue(VmId vm, Moment now) {
        suspected.put(vm, new Suspicion(now, true));
    }

    /** That call has ended, in whichever way. */
    synchronized void returned(VmId vm) {
        suspected.remove(vm);
    }

    /** Whether it is not known yet who keeps a call waiting, so that a round is wanted soon. */
    synchronized boolean isInDoubt() {
        return suspected.keySet().stream().anyMatch(vm -> !named.contains(vm));
    }

    /**
     * The daemon has answered a whole round.
     *
     * @param asked when the round began
     * @param now when it has ended
     * @param names of VMs, for people
     */
    synchronized void daemonAnswered(Moment asked, Moment now, Function<VmId, String> names) {
        suspected.replaceAll((vm, suspicion) -> {
            if (asked.nanosSince(suspicion.since) < (suspicion.first ? 0 : MOMENT)) {
                return suspicion;
            }
            if (!suspicion.first && named.add(vm)) {
                LOG.warn(
                        "{} does not answer and is left alone until it does: is its process stopped, or waiting for its"
                                + " storage?",
                        names.apply(vm));
            }
            return new Suspicion(now, false);
        });
    }

    /** The VM itself has answered. */
    synchronized void answered(VmId vm, Function<VmId, String> names) {
        if (named.remove(vm)) {
            LOG.info("{} answers again", names.apply(vm));
        }
    }

    /** All others are gone, though a call for one of them may never return. */
    synchronized void keepOnly(Collection<VmId> present) {
        suspected.keySet().retainAll(present);
        named.retainAll(present);
    }

    synchronized List<VmId> named() {
        return List.copyOf(named);
    }
}
