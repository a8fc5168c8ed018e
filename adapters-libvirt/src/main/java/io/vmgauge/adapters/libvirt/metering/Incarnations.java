package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainState;
import io.vmgauge.adapters.libvirt.kernel.ProcessListing;
import io.vmgauge.adapters.libvirt.kernel.QemuProcess;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which life each domain lives, and whether it runs here already. A life is a process: while that runs, the life is the
 * same, whatever happens to libvirtd. Where the process cannot be seen, a life is the domain's id.
 *
 * <p>A daemon gives no id twice, but the next one may begin at 1 again. So the process is found once in a life, and looked
 * at again, which takes one small file, only when the domain has another id or the connection is newer than the last look.
 * A new connection is the only way to another daemon. Any thread may ask.
 */
public final class Incarnations {
    private final boolean isLocal;
    private final Path proc;
    private final Map<VmId, Life> all = new ConcurrentHashMap<>();

    /**
     * @param isLocal whether the domains' processes run on this host
     * @param proc where the kernel tells of them
     */
    public Incarnations(boolean isLocal, Path proc) {
        this.isLocal = isLocal;
        this.proc = proc;
    }

    /**
     * A life that has begun: it was seen running, or held for another reason than that it does not run yet.
     *
     * @param connection the newest that told of it
     * @param process absent if it cannot be seen
     */
    private record Life(int id, long connection, Incarnation incarnation, Optional<QemuProcess> process) {}

    /** What a domain does, and in which life. */
    public record Present(VmState state, Incarnation incarnation) {}

    /** For one round. */
    public ProcessListing processes() {
        return new ProcessListing(proc);
    }

    /**
     * What libvirt says of a domain, put into terms of ours.
     *
     * @param told what {@link DomainState} makes of it; a domain that has run before is not starting but held
     * @param id of the domain, negative if it has no process
     * @param connection the {@link Connection#number} of the connection that told it
     */
    public Present of(VmId vm, VmState told, int id, long connection, ProcessListing processes) {
        if (!told.isMeasured()
                && (told != VmState.STARTING || known(vm, id, connection).isEmpty())) {
            return new Present(told, new Incarnation(id));
        }
        Life life = all.compute(vm, (k, before) -> continued(before, id, connection)
                .orElseGet(() -> begun(vm, id, connection, processes)));
        return new Present(told == VmState.STARTING ? VmState.PAUSED : told, life.incarnation);
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
        // Without a process nothing but the id tells; a counter that fell is noticed by whoever keeps the counters.
        boolean isSame = before.process.map(process -> process.isAlive(proc)).orElse(before.id == id);
        return isSame
                ? Optional.of(new Life(id, Math.max(connection, before.connection), before.incarnation, before.process))
                : Optional.empty();
    }

    private Life begun(VmId vm, int id, long connection, ProcessListing processes) {
        Optional<QemuProcess> process = isLocal ? processes.of(vm.value()) : Optional.empty();
        return new Life(id, connection, process.map(QemuProcess::incarnation).orElse(new Incarnation(id)), process);
    }

    /** Forgets all other domains. */
    public void keepOnly(Set<VmId> measured) {
        all.keySet().retainAll(measured);
    }
}
