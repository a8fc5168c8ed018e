package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.outbound.VmCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** One bulk call lists all domains with their states, where libvirt-java's listing would need another call for each. */
final class LibvirtCatalog implements VmCatalog {
    private final ConnectionPool quick;
    private final Definitions definitions;

    LibvirtCatalog(ConnectionPool quick, Definitions definitions) {
        this.quick = quick;
        this.definitions = definitions;
    }

    @Override
    public List<Vm> list() {
        return quick.ask(this::list);
    }

    private List<Vm> list(Connection connection) throws VirtException {
        List<Vm> all = new ArrayList<>();
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
                            .ifPresent(definition -> all.add(new Vm(
                                    name.vm(),
                                    name.printable(),
                                    new Incarnation(id),
                                    state,
                                    definition.placement(),
                                    definition.images())));
                }
            }
        }
        Set<VmId> listed = all.stream().map(Vm::id).collect(Collectors.toSet());
        definitions.keepOnly(listed);
        return all;
    }
}
