package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.connection.ConnectionPool;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.disk.ImageSizes;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.adapters.libvirt.domain.DomainState;
import io.vmgauge.adapters.libvirt.domain.DomainStats;
import io.vmgauge.adapters.libvirt.metering.CpuTimeCounters;
import io.vmgauge.adapters.libvirt.metering.GuestInterfaces;
import io.vmgauge.adapters.libvirt.metering.Incarnations;
import io.vmgauge.adapters.libvirt.metering.Incarnations.Present;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.process.ProcessListing;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Lists all domains with their states in one bulk call. libvirt-java's listing would take another call for each domain.
 */
final class LibvirtCatalog implements VmCatalog {
    private final ConnectionPool quick;
    private final Definitions definitions;
    private final Incarnations incarnations;
    private final CpuTimeCounters cpuTimes;
    private final GuestInterfaces interfaces;
    private final TimeSource time;
    private final Supplier<NetworkDevices> devices;
    private final OwnImages images;
    private final ImageSizes sizes;

    LibvirtCatalog(
            ConnectionPool quick,
            Definitions definitions,
            Incarnations incarnations,
            CpuTimeCounters cpuTimes,
            GuestInterfaces interfaces,
            TimeSource time,
            Supplier<NetworkDevices> devices,
            OwnImages images,
            ImageSizes sizes) {
        this.quick = quick;
        this.definitions = definitions;
        this.incarnations = incarnations;
        this.cpuTimes = cpuTimes;
        this.interfaces = interfaces;
        this.time = time;
        this.devices = devices;
        this.images = images;
        this.sizes = sizes;
    }

    private record Listed(DomainName name, Present present, Definition definition, DomainStats stats) {}

    @Override
    public List<Vm> list() {
        return quick.ask(this::list);
    }

    private List<Vm> list(Connection connection) throws VirtException {
        Moment now = time.now();
        boolean naming = interfaces.isNamingDue(now);
        if (naming) {
            interfaces.namingBegins(now);
        }
        int groups = naming ? LibvirtNative.STATS_STATE | LibvirtNative.STATS_INTERFACE : LibvirtNative.STATS_STATE;
        List<Listed> all;
        try (DomainRecords records = connection.stats(groups, 0)) {
            all = listed(connection, records);
        }
        keepOnly(all);
        if (naming) {
            learnInterfaces(all);
        }
        // Only all definitions together say whose an image is.
        images.list(all.stream().collect(Collectors.toMap(one -> one.name.vm(), Listed::definition)));
        return all.stream().map(this::vm).toList();
    }

    private List<Listed> listed(Connection connection, DomainRecords records) throws VirtException {
        List<Listed> all = new ArrayList<>();
        ProcessListing processes = incarnations.processes();
        for (int i = 0; i < records.count(); i++) {
            DomainHandle domain = records.domain(i);
            DomainName name = domain.name();
            if (!domain.isAppliance(name)) {
                DomainStats stats = records.stats(i);
                Present present = present(name.vm(), domain.id(), stats, connection, processes);
                // A domain that went meanwhile is not listed: its pod is not known.
                definitions
                        .of(domain::xml, name, present.incarnation())
                        .ifPresent(definition -> all.add(new Listed(name, present, definition, stats)));
            }
        }
        return all;
    }

    private void keepOnly(List<Listed> all) {
        Set<VmId> listed = all.stream().map(one -> one.name.vm()).collect(Collectors.toSet());
        Set<VmId> running = all.stream()
                .filter(one -> one.present.state().isMeasured())
                .map(one -> one.name.vm())
                .collect(Collectors.toSet());
        definitions.keepOnly(listed);
        sizes.keepOnly(listed);
        incarnations.keepOnly(running);
        cpuTimes.keepOnly(running);
        interfaces.keepOnly(running);
    }

    private void learnInterfaces(List<Listed> all) {
        NetworkDevices present = devices.get();
        for (Listed one : all) {
            VmId vm = one.name.vm();
            Incarnation life = one.present.incarnation();
            incarnations
                    .process(vm, life)
                    .ifPresent(process -> interfaces.learn(vm, life, process, one.stats, present));
        }
    }

    private Vm vm(Listed one) {
        VmId vm = one.name.vm();
        return new Vm(
                vm,
                one.name.printable(),
                one.present.incarnation(),
                one.present.started(),
                one.present.state(),
                one.definition.placement(),
                images.of(vm, one.definition).disks());
    }

    private Present present(VmId vm, int id, DomainStats stats, Connection connection, ProcessListing processes) {
        VmState told = DomainState.of(stats.state(), stats.reason(), id);
        return incarnations.of(vm, told, id, connection.number(), processes);
    }
}
