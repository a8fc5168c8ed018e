package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmId;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The CPU time of all domains, one {@link CpuSeries} for each life of a domain. Any thread may read. */
final class CpuTimes {
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();

    private record Known(int id, CpuSeries series) {}

    /** Without a word to libvirtd; absent if it has to be asked. */
    OptionalLong look(VmId vm, int id) {
        Known known = all.get(vm);
        return known == null || known.id != id ? OptionalLong.empty() : known.series.look();
    }

    /** Absent if the domain does not run. */
    OptionalLong ask(Connection connection, DomainHandle domain, VmId vm, int id, CgroupListing cgroups)
            throws VirtException {
        Known known = all.compute(
                vm,
                (k, old) ->
                        old != null && old.id == id ? old : new Known(id, new CpuSeries(!connection.isSimulated())));
        return known.series.ask(domain::cgroupCpuNanos, domain::processCpuNanos, () -> cgroups.of(id));
    }

    /** Forgets all other domains. */
    void keepOnly(Set<VmId> alive) {
        all.keySet().retainAll(alive);
    }
}
