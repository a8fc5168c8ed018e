package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.cgroup.CgroupListing;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The CPU time of all domains and how long their vCPUs waited, by a {@link CpuTimeCounter} for each life of a domain.
 * Thread-safe.
 */
public final class CpuTimeCounters {
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();

    private record Known(Incarnation life, CpuTimeCounter counter) {
        Optional<CpuSample> sample(OptionalLong nanos, Moment now) {
            return nanos.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new CpuSample(now, nanos.getAsLong(), counter.steal(now)));
        }
    }

    /** Without asking libvirtd; absent if it has to be asked. */
    public Optional<CpuSample> look(VmId vm, Incarnation life, Moment now) {
        Known known = all.get(vm);
        return known == null || !known.life.equals(life) ? Optional.empty() : known.sample(known.counter.look(), now);
    }

    /** The domain's cgroup; absent while it is not known. */
    Optional<Path> group(VmId vm, Incarnation life) {
        Known known = all.get(vm);
        return known == null || !known.life.equals(life) ? Optional.empty() : known.counter.group();
    }

    /** Absent if the domain does not run. */
    public Optional<CpuSample> ask(
            Connection connection, DomainHandle domain, VmId vm, Incarnation life, Moment now, CgroupListing cgroups)
            throws VirtException {
        Known known = all.compute(
                vm,
                (k, old) -> old != null && old.life.equals(life)
                        ? old
                        : new Known(life, new CpuTimeCounter(!connection.isSimulated())));
        return known.sample(
                known.counter.ask(domain::cgroupCpuNanos, domain::processCpuNanos, () -> cgroups.of(domain.id())), now);
    }

    /** Forgets all other domains. */
    public void keepOnly(Set<VmId> alive) {
        all.keySet().retainAll(alive);
    }
}
