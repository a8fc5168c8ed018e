package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.outbound.VmCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One bulk call lists all domains with their states, where libvirt-java's listing would need another call for each. */
final class LibvirtCatalog implements VmCatalog {
    private final ConnectionPool quick;
    private final Definitions definitions;
    private final OwnImages images;
    private final ImageSizes sizes;

    LibvirtCatalog(ConnectionPool quick, Definitions definitions, OwnImages images, ImageSizes sizes) {
        this.quick = quick;
        this.definitions = definitions;
        this.images = images;
        this.sizes = sizes;
    }

    private record Listed(DomainName name, int id, VmState state, Definition definition) {}

    @Override
    public List<Vm> list() {
        return quick.ask(this::list);
    }

    private List<Vm> list(Connection connection) throws VirtException {
        List<Listed> all = new ArrayList<>();
        try (DomainRecords records = connection.stats(Virt.STATS_STATE, 0)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                DomainName name = domain.name();
                if (!domain.isAppliance(name)) {
                    int id = domain.id();
                    VmState state = DomainState.of(records.stats(i).state(), id);
                    // Who went meanwhile is not there any more: nobody may be listed as a pod that it never was.
                    definitions
                            .of(domain::xml, name, id)
                            .ifPresent(definition -> all.add(new Listed(name, id, state, definition)));
                }
            }
        }
        Map<VmId, Definition> listed = new HashMap<>();
        all.forEach(one -> listed.put(one.name.vm(), one.definition));
        definitions.keepOnly(listed.keySet());
        sizes.keepOnly(listed.keySet());
        // Whose an image is, only all definitions together say.
        images.list(listed);
        return all.stream().map(this::vm).toList();
    }

    private Vm vm(Listed one) {
        VmId vm = one.name.vm();
        return new Vm(
                vm,
                one.name.printable(),
                new Incarnation(one.id),
                one.state,
                one.definition.placement(),
                images.of(vm, one.definition).disks());
    }
}
