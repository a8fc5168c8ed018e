package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * CPU and network of all domains, without a word to any QEMU.
 *
 * <p>CPU has to be asked for domain by domain: in bulk libvirtd adds figures that only QEMU knows. Whether a domain was
 * restarted between its CPU time and the rest of its record is told by its id, which every call hands out anew; then the
 * CPU time may belong to either life, and is dropped.
 */
final class QuickRound {
    private final Definitions definitions;
    private final CpuTimes cpuTimes;
    private final TimeSource time;

    QuickRound(Definitions definitions, CpuTimes cpuTimes, TimeSource time) {
        this.definitions = definitions;
        this.cpuTimes = cpuTimes;
        this.time = time;
    }

    private record CpuReading(int id, CpuSample sample) {}

    List<Measurement> measure(Connection connection, Set<Metric> metrics) throws VirtException {
        Map<VmId, CpuReading> cpu = metrics.contains(Metric.CPU) ? readCpu(connection) : Map.of();
        boolean network = metrics.contains(Metric.NETWORK);
        List<Measurement> all = new ArrayList<>();
        Moment asked = time.now();
        int groups = network ? Virt.STATS_STATE | Virt.STATS_INTERFACE : Virt.STATS_STATE;
        try (DomainRecords records = connection.stats(groups, Virt.ONLY_ACTIVE)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                DomainName name = domain.name();
                int id = domain.id();
                DomainStats stats = records.stats(i);
                if (isMeasured(domain, name, stats, id)) {
                    List<Sample<?>> samples = new ArrayList<>(2);
                    VmId vm = name.vm();
                    CpuReading reading = cpu.get(vm);
                    if (reading != null && reading.id == id) {
                        samples.add(reading.sample);
                    }
                    if (network) {
                        network(domain, name, id, stats, asked).ifPresent(samples::add);
                    }
                    all.add(new Measured(vm, new Incarnation(id), samples));
                }
            }
        }
        return all;
    }

    private Map<VmId, CpuReading> readCpu(Connection connection) throws VirtException {
        Map<VmId, CpuReading> readings = new HashMap<>();
        try (DomainRecords records = connection.stats(Virt.STATS_STATE, Virt.ONLY_ACTIVE)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                DomainName name = domain.name();
                int id = domain.id();
                if (isMeasured(domain, name, records.stats(i), id)) {
                    VmId vm = name.vm();
                    Moment asked = time.now();
                    readCpu(connection, domain, vm, id)
                            .ifPresent(nanos -> readings.put(vm, new CpuReading(id, new CpuSample(asked, nanos))));
                }
            }
        }
        cpuTimes.keepOnly(readings.keySet());
        return readings;
    }

    /** Absent also if this one domain cannot be asked: that is no reason to lose the others. */
    private OptionalLong readCpu(Connection connection, DomainHandle domain, VmId vm, int id) throws VirtException {
        try {
            return cpuTimes.read(connection, domain, vm, id);
        } catch (VirtException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return OptionalLong.empty();
        }
    }

    private Optional<NetworkSample> network(
            DomainHandle domain, DomainName name, int id, DomainStats stats, Moment asked) throws VirtException {
        if (stats.interfaces().isPresent()) {
            return stats.interfaces().map(all -> new NetworkSample(asked, all));
        }
        // A driver without network figures in its records, such as the test driver: one call for each interface.
        Optional<Definition> definition = definitions.of(domain::xml, name, id);
        if (definition.isEmpty()) {
            return Optional.empty();
        }
        Moment askedAgain = time.now();
        Optional<List<InterfaceCounters>> counters =
                domain.interfaces(definition.get().interfaces());
        return counters.map(all -> new NetworkSample(askedAgain, all));
    }

    private static boolean isMeasured(DomainHandle domain, DomainName name, DomainStats stats, int id)
            throws VirtException {
        return DomainState.of(stats.state(), id).isMeasured() && !domain.isAppliance(name);
    }
}
