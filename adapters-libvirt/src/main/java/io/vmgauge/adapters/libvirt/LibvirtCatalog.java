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
import io.vmgauge.adapters.libvirt.metering.Incarnations;
import io.vmgauge.adapters.libvirt.metering.Incarnations.Present;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.linux.process.ProcessListing;
import io.vmgauge.ports.outbound.VmCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Lists all domains with their states in one bulk call. libvirt-java's listing would take another call for each domain.
 */
final class LibvirtCatalog implements VmCatalog {
    private final ConnectionPool quick;
    private final Definitions definitions;
    private final Incarnations incarnations;
    private final OwnImages images;
    private final ImageSizes sizes;

    LibvirtCatalog(
            ConnectionPool quick,
            Definitions definitions,
            Incarnations incarnations,
            OwnImages images,
            ImageSizes sizes) {
        this.quick = quick;
        this.definitions = definitions;
        this.incarnations = incarnations;
        this.images = images;
        this.sizes = sizes;
    }

    private record Listed(DomainName name, Present present, Definition definition) {}

    @Override
    public List<Vm> list() {
        return quick.ask(this::list);
    }

    private List<Vm> list(Connection connection) throws VirtException {
        List<Listed> all = new ArrayList<>();
        ProcessListing processes = incarnations.processes();
        try (DomainRecords records = connection.stats(LibvirtNative.STATS_STATE, 0)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                DomainName name = domain.name();
                if (!domain.isAppliance(name)) {
                    Present present = present(name.vm(), domain.id(), records.stats(i), connection, processes);
                    // A domain that went meanwhile is not listed: its pod is not known.
                    definitions
                            .of(domain::xml, name, present.incarnation())
                            .ifPresent(definition -> all.add(new Listed(name, present, definition)));
                }
            }
        }
        Map<VmId, Definition> listed = new HashMap<>();
        all.forEach(one -> listed.put(one.name.vm(), one.definition));
        definitions.keepOnly(listed.keySet());
        sizes.keepOnly(listed.keySet());
        incarnations.keepOnly(all.stream()
                .filter(one -> one.present.state().isMeasured())
                .map(one -> one.name.vm())
                .collect(Collectors.toSet()));
        // Only all definitions together say whose an image is.
        images.list(listed);
        return all.stream().map(this::vm).toList();
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
