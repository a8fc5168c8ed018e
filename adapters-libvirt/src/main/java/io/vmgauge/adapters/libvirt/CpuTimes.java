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

    /** Absent if the domain does not run. */
    OptionalLong read(Connection connection, DomainHandle domain, VmId vm, int id) throws VirtException {
        Known known = all.compute(
                vm,
                (k, old) ->
                        old != null && old.id == id ? old : new Known(id, new CpuSeries(!connection.isSimulated())));
        return known.series.read(domain::cgroupCpuNanos, domain::processCpuNanos);
    }

    /** Forgets all other domains. */
    void keepOnly(Set<VmId> alive) {
        all.keySet().retainAll(alive);
    }
}
