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
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.process.ProcessListing;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Measures CPU and network of all domains without asking any QEMU.
 */
public final class BulkMeasurement {
    private final Definitions definitions;
    private final Incarnations incarnations;
    private final GuestInterfaces interfaces;
    private final BulkCpuSamples cpuSamples;
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
            GuestInterfaces interfaces,
            CpuTimeCounters cpuTimes,
            TimeSource time,
            Supplier<NetworkDevices> devices) {
        this.definitions = definitions;
        this.incarnations = incarnations;
        this.interfaces = interfaces;
        this.cpuSamples = new BulkCpuSamples(cpuTimes, time);
        this.time = time;
        this.devices = devices;
    }

    public List<Measurement> measure(Connection connection, Set<Metric> metrics) throws VirtException {
        boolean network = metrics.contains(Metric.NETWORK);
        List<Measurement> all = new ArrayList<>();
        Moment asked = time.now();
        int groups = network ? LibvirtNative.STATS_STATE | LibvirtNative.STATS_INTERFACE : LibvirtNative.STATS_STATE;
        try (DomainRecords records = connection.stats(groups, LibvirtNative.ONLY_ACTIVE)) {
            List<ListedDomain> listed = measured(connection, records);
            Map<VmId, CpuSample> cpu = metrics.contains(Metric.CPU) ? cpuSamples.of(connection, listed) : Map.of();
            NetworkDevices known = devices.get();
            Set<String> names = network ? interfaces(listed) : Set.of();
            for (ListedDomain one : listed) {
                List<Sample<?>> samples = new ArrayList<>(2);
                CpuSample sample = cpu.get(one.vm());
                if (sample != null) {
                    samples.add(sample);
                }
                if (network) {
                    learnInterfaces(one, known);
                    network(one, asked)
                            .map(told -> new NetworkSample(told.takenAt(), known.verified(told.interfaces(), names)))
                            .ifPresent(samples::add);
                }
                all.add(new Measured(one.vm(), one.life(), samples));
            }
        }
        return all;
    }

    private List<ListedDomain> measured(Connection connection, DomainRecords records) throws VirtException {
        List<ListedDomain> all = new ArrayList<>(records.count());
        ProcessListing processes = incarnations.processes();
        for (int i = 0; i < records.count(); i++) {
            DomainHandle domain = records.domain(i);
            DomainName name = domain.name();
            if (domain.isAppliance(name)) {
                continue;
            }
            VmId vm = name.vm();
            int id = domain.id();
            DomainStats stats = records.stats(i);
            VmState told = DomainState.of(stats.state(), stats.reason(), id);
            Present present = incarnations.of(vm, told, id, connection.number(), processes);
            if (present.state().isMeasured()) {
                all.add(new ListedDomain(domain, name, vm, present.incarnation(), stats));
            }
        }
        return all;
    }

    private void learnInterfaces(ListedDomain one, NetworkDevices devices) {
        incarnations
                .process(one.vm(), one.life())
                .ifPresent(process -> interfaces.learn(one.vm(), one.life(), process, one.stats(), devices));
    }

    private static Set<String> interfaces(List<ListedDomain> listed) {
        return listed.stream()
                .flatMap(one -> one.stats().interfaceNames().stream())
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private Optional<NetworkSample> network(ListedDomain one, Moment asked) throws VirtException {
        if (one.stats().interfaces().isPresent()) {
            return one.stats().interfaces().map(all -> new NetworkSample(asked, all));
        }
        // A driver without network figures in its records, such as the test driver, takes a call for each interface.
        Optional<Definition> definition = definitions.of(one.domain()::xml, one.name(), one.life());
        if (definition.isEmpty()) {
            return Optional.empty();
        }
        Moment askedAgain = time.now();
        Optional<List<InterfaceCounters>> counters =
                one.domain().interfaces(definition.get().interfaces());
        return counters.map(all -> new NetworkSample(askedAgain, all));
    }
}
