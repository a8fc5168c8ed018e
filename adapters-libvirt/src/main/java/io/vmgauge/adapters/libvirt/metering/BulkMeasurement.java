package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.adapters.libvirt.domain.DomainState;
import io.vmgauge.adapters.libvirt.domain.DomainStats;
import io.vmgauge.adapters.libvirt.metering.Incarnations.Present;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.process.ProcessListing;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Measures CPU and network of all domains without asking any QEMU.
 *
 * <p>CPU time is read domain by domain: a bulk call would make libvirtd ask QEMU. If libvirtd has to be asked for it,
 * the domain may have been restarted since it was listed. Another listing tells that by the domain's id. The CPU time
 * may then belong to either life, and is dropped.
 */
public final class BulkMeasurement {
    private final Definitions definitions;
    private final Incarnations incarnations;
    private final CpuTimeCounters cpuTimes;
    private final TimeSource time;
    private final Supplier<NetworkDevices> devices;

    /**
     * Needs what is shared with {@link DomainMeasurement}.
     *
     * @param devices those that VMs may have, as of now
     */
    public BulkMeasurement(
            Definitions definitions,
            Incarnations incarnations,
            CpuTimeCounters cpuTimes,
            TimeSource time,
            Supplier<NetworkDevices> devices) {
        this.definitions = definitions;
        this.incarnations = incarnations;
        this.cpuTimes = cpuTimes;
        this.time = time;
        this.devices = devices;
    }

    /** A domain that is measured. The listing owns its handle. */
    private record Listed(DomainHandle domain, DomainName name, VmId vm, Incarnation life, DomainStats stats) {}

    public List<Measurement> measure(Connection connection, Set<Metric> metrics) throws VirtException {
        boolean network = metrics.contains(Metric.NETWORK);
        List<Measurement> all = new ArrayList<>();
        Moment asked = time.now();
        int groups = network ? LibvirtNative.STATS_STATE | LibvirtNative.STATS_INTERFACE : LibvirtNative.STATS_STATE;
        try (DomainRecords records = connection.stats(groups, LibvirtNative.ONLY_ACTIVE)) {
            List<Listed> listed = measured(connection, records);
            Map<VmId, CpuSample> cpu = metrics.contains(Metric.CPU) ? cpu(connection, listed) : Map.of();
            NetworkDevices known = devices.get();
            Set<String> names = network ? interfaces(listed) : Set.of();
            for (Listed one : listed) {
                List<Sample<?>> samples = new ArrayList<>(2);
                CpuSample sample = cpu.get(one.vm);
                if (sample != null) {
                    samples.add(sample);
                }
                if (network) {
                    network(one, asked)
                            .map(told -> new NetworkSample(told.takenAt(), known.verified(told.interfaces(), names)))
                            .ifPresent(samples::add);
                }
                all.add(new Measured(one.vm, one.life, samples));
            }
        }
        return all;
    }

    private List<Listed> measured(Connection connection, DomainRecords records) throws VirtException {
        List<Listed> all = new ArrayList<>(records.count());
        ProcessListing processes = incarnations.processes();
        for (int i = 0; i < records.count(); i++) {
            DomainHandle domain = records.domain(i);
            DomainName name = domain.name();
            VmId vm = name.vm();
            int id = domain.id();
            DomainStats stats = records.stats(i);
            VmState told = DomainState.of(stats.state(), stats.reason(), id);
            Present present = incarnations.of(vm, told, id, connection.number(), processes);
            if (present.state().isMeasured() && !domain.isAppliance(name)) {
                all.add(new Listed(domain, name, vm, present.incarnation(), stats));
            }
        }
        return all;
    }

    private Map<VmId, CpuSample> cpu(Connection connection, List<Listed> listed) throws VirtException {
        Map<VmId, CpuSample> samples = new HashMap<>();
        Map<VmId, Integer> asked = new HashMap<>();
        CgroupListing cgroups = CgroupListing.ofThisHost();
        for (Listed one : listed) {
            Moment at = time.now();
            Optional<CpuSample> sample = cpuTimes.look(one.vm, one.life, at);
            if (sample.isEmpty()) {
                sample = ask(connection, one, at, cgroups);
                asked.put(one.vm, one.domain.id());
            }
            sample.ifPresent(known -> samples.put(one.vm, known));
        }
        cpuTimes.keepOnly(listed.stream().map(Listed::vm).collect(Collectors.toSet()));
        if (!asked.isEmpty()) {
            samples.keySet().removeAll(restarted(connection, asked));
        }
        return samples;
    }

    /** Absent also if this one domain cannot be asked, so that the others are not lost. */
    private Optional<CpuSample> ask(Connection connection, Listed one, Moment at, CgroupListing cgroups)
            throws VirtException {
        try {
            return cpuTimes.ask(connection, one.domain, one.vm, one.life, at, cgroups);
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

    private static Set<String> interfaces(List<Listed> listed) {
        return listed.stream()
                .flatMap(one -> one.stats.interfaces().stream())
                .flatMap(List::stream)
                .map(InterfaceCounters::name)
                .collect(Collectors.toSet());
    }

    private Optional<NetworkSample> network(Listed one, Moment asked) throws VirtException {
        if (one.stats.interfaces().isPresent()) {
            return one.stats.interfaces().map(all -> new NetworkSample(asked, all));
        }
        // A driver without network figures in its records, such as the test driver, takes a call for each interface.
        Optional<Definition> definition = definitions.of(one.domain::xml, one.name, one.life);
        if (definition.isEmpty()) {
            return Optional.empty();
        }
        Moment askedAgain = time.now();
        Optional<List<InterfaceCounters>> counters =
                one.domain.interfaces(definition.get().interfaces());
        return counters.map(all -> new NetworkSample(askedAgain, all));
    }
}
