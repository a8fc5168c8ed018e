package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainState;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.linux.process.ProcessListing;
import io.vmgauge.linux.process.QemuProcess;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The life of each domain, and whether it runs here already. A life is a process: it stays the same while the process
 * runs, whatever happens to libvirtd. Where the process cannot be seen, the domain's id stands for it.
 *
 * <p>A daemon gives no id twice, but the next daemon may begin at 1 again. So the process is found once in a life. It
 * is looked at again, which takes one small file, when the domain has another id or the connection is newer than the
 * last look: another daemon needs a new connection. Thread-safe.
 */
public final class Incarnations {
    private final boolean isLocal;
    private final Path proc;
    private final LifeStarts starts;
    private final Map<VmId, Life> all = new ConcurrentHashMap<>();

    /**
     * @param isLocal whether the domains' processes run on this host
     * @param proc where the kernel tells of them
     * @param starts when they began
     */
    public Incarnations(boolean isLocal, Path proc, LifeStarts starts) {
        this.isLocal = isLocal;
        this.proc = proc;
        this.starts = starts;
    }

    /**
     * A life that has begun: it was seen running, or held for another reason than that it does not run yet.
     *
     * @param connection the newest that told of it
     * @param process absent if it cannot be seen
     * @param started when the process began
     */
    private record Life(
            int id,
            long connection,
            Incarnation incarnation,
            Optional<QemuProcess> process,
            Optional<Instant> started) {
        Life seen(int nextId, long nextConnection) {
            return new Life(nextId, nextConnection, incarnation, process, started);
        }
    }

    /** A life whose process is seen. */
    record SeenLife(VmId vm, Incarnation incarnation, QemuProcess process) {}

    /** What a domain does, and its life, with its start if its process can be seen. */
    public record Present(VmState state, Incarnation incarnation, Optional<Instant> started) {}

    /** The processes of this host, for one round. */
    public ProcessListing processes() {
        return new ProcessListing(proc);
    }

    /**
     * The state and the life of a domain, from what libvirt says.
     *
     * @param told what {@link DomainState} makes of it; a domain that has run before is not starting but held
     * @param id of the domain, negative if it has no process
     * @param connection the {@link Connection#number} of the connection that told it
     */
    public Present of(VmId vm, VmState told, int id, long connection, ProcessListing processes) {
        if (!told.isMeasured()
                && (told != VmState.STARTING || known(vm, id, connection).isEmpty())) {
            return new Present(told, new Incarnation(id), Optional.empty());
        }
        Life life = all.compute(vm, (k, before) -> continued(before, id, connection)
                .orElseGet(() -> begun(vm, id, connection, processes)));
        return new Present(told == VmState.STARTING ? VmState.PAUSED : told, life.incarnation, life.started);
    }

    /** The life of a domain that has been seen running with this id; absent if it has to be looked at. */
    Optional<Incarnation> known(VmId vm, int id, long connection) {
        Optional<Life> life = continued(all.get(vm), id, connection);
        life.ifPresent(now -> all.replace(vm, now));
        return life.map(Life::incarnation);
    }

    private Optional<Life> continued(@Nullable Life before, int id, long connection) {
        if (before == null) {
            return Optional.empty();
        }
        if (before.id == id && connection <= before.connection) {
            return Optional.of(before);
        }
        // Without a process only the id tells. A counter that fell is noticed where counters are kept.
        boolean isSame = before.process.map(process -> process.isAlive(proc)).orElse(before.id == id);
        return isSame ? Optional.of(before.seen(id, Math.max(connection, before.connection))) : Optional.empty();
    }

    private Life begun(VmId vm, int id, long connection, ProcessListing processes) {
        Optional<QemuProcess> process = isLocal ? processes.of(vm.value()) : Optional.empty();
        Incarnation incarnation = process.map(QemuProcess::incarnation).orElse(new Incarnation(id));
        return new Life(id, connection, incarnation, process, process.flatMap(starts::of));
    }

    /** All lives whose process is seen. */
    List<SeenLife> seen() {
        List<SeenLife> seen = new ArrayList<>(all.size());
        all.forEach(
                (vm, life) -> life.process.ifPresent(process -> seen.add(new SeenLife(vm, life.incarnation, process))));
        return seen;
    }

    /** The process of this life of a domain; absent if it is not seen. */
    public Optional<QemuProcess> process(VmId vm, Incarnation incarnation) {
        return Optional.ofNullable(all.get(vm))
                .filter(life -> life.incarnation.equals(incarnation))
                .flatMap(Life::process);
    }

    boolean isAlive(SeenLife life) {
        return life.process.isAlive(proc);
    }

    /** Forgets all other domains. */
    public void keepOnly(Set<VmId> measured) {
        all.keySet().retainAll(measured);
        starts.keepOnly(
                all.values().stream().flatMap(life -> life.process.stream()).collect(Collectors.toSet()));
    }
}
