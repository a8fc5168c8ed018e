package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The CPU time of all domains of a listing.
 *
 * <p>CPU time is read domain by domain: a bulk call would make libvirtd ask QEMU. If libvirtd has to be asked for it,
 * the domain may have been restarted since it was listed. Another listing tells that by the domain's id. The CPU time
 * may then belong to either life, and is dropped.
 */
final class BulkCpuSamples {
    private final CpuTimeCounters cpuTimes;
    private final TimeSource time;

    BulkCpuSamples(CpuTimeCounters cpuTimes, TimeSource time) {
        this.cpuTimes = cpuTimes;
        this.time = time;
    }

    /** By VM; absent for each that cannot tell it, or was restarted meanwhile. */
    Map<VmId, CpuSample> of(Connection connection, List<ListedDomain> listed) throws VirtException {
        Map<VmId, CpuSample> samples = new HashMap<>();
        Map<VmId, Integer> asked = new HashMap<>();
        CgroupListing cgroups = CgroupListing.ofThisHost();
        for (ListedDomain one : listed) {
            Moment at = time.now();
            Optional<CpuSample> sample = cpuTimes.look(one.vm(), one.life(), at);
            if (sample.isEmpty()) {
                sample = ask(connection, one, at, cgroups);
                asked.put(one.vm(), one.domain().id());
            }
            sample.ifPresent(known -> samples.put(one.vm(), known));
        }
        if (!asked.isEmpty()) {
            samples.keySet().removeAll(restarted(connection, asked));
        }
        return samples;
    }

    /** Absent also if this one domain cannot be asked, so that the others are not lost. */
    private Optional<CpuSample> ask(Connection connection, ListedDomain one, Moment at, CgroupListing cgroups)
            throws VirtException {
        try {
            return cpuTimes.ask(connection, one.domain(), one.vm(), one.life(), at, cgroups);
        } catch (VirtException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Those that have another id than when they were listed, or none. */
    private static Set<VmId> restarted(Connection connection, Map<VmId, Integer> before) throws VirtException {
        Set<VmId> others = new HashSet<>(before.keySet());
        try (DomainRecords records = connection.stats(LibvirtNative.STATS_STATE, LibvirtNative.ONLY_ACTIVE)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                VmId vm = domain.name().vm();
                if (Integer.valueOf(domain.id()).equals(before.get(vm))) {
                    others.remove(vm);
                }
            }
        }
        return others;
    }
}
