package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.binding.LibvirtNative;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.Definitions;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.adapters.libvirt.domain.DomainRecords;
import io.vmgauge.adapters.libvirt.domain.DomainState;
import io.vmgauge.adapters.libvirt.metering.BulkMeasurement;
import io.vmgauge.adapters.libvirt.metering.HugePages;
import io.vmgauge.adapters.libvirt.metering.KernelMeasurement;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.libvirt.LibvirtException;

/**
 *  What an operator should know of the connection and of each domain. A finding that many domains share is one line.
 *
 * <p>Long because each remark is a sentence for people, with its remedy.
 */
final class HostCheck {
    private static final int MOST_NAMES = 3;

    private final String uri;
    private final Definitions definitions;
    private final HugePages hugePages;
    private final OwnImages images;
    private final BulkMeasurement bulk;
    private final KernelMeasurement kernel;
    private final TimeSource time;

    HostCheck(
            String uri,
            Definitions definitions,
            HugePages hugePages,
            OwnImages images,
            BulkMeasurement bulk,
            KernelMeasurement kernel,
            TimeSource time) {
        this.uri = uri;
        this.definitions = definitions;
        this.hugePages = hugePages;
        this.images = images;
        this.bulk = bulk;
        this.kernel = kernel;
        this.time = time;
    }

    /** A domain and what its definition says. */
    private record Checked(DomainHandle domain, DomainName name, VmState state, Definition definition) {}

    /** A finding for a domain. The remedy has NAME in place of the domain's name. */
    record Remark(Level level, String what, String remedy) {}

    List<Finding> check(Connection connection) throws VirtException {
        Map<Remark, List<String>> remarks = new LinkedHashMap<>();
        List<Finding> findings = new ArrayList<>();
        KernelRemarks ways = KernelRemarks.measured(connection, bulk, kernel);
        try (DomainRecords records = connection.stats(LibvirtNative.STATS_STATE, 0)) {
            List<Checked> all = read(records);
            Map<VmId, Definition> listed = new HashMap<>();
            all.forEach(one -> listed.put(one.name.vm(), one.definition));
            images.list(listed);
            for (Checked one : all) {
                for (Remark remark : remarks(connection, one, ways)) {
                    remarks.computeIfAbsent(remark, r -> new ArrayList<>()).add(one.name.printable());
                }
            }
            remarks.forEach((remark, names) -> findings.add(finding(remark, names)));
            long running = all.stream().filter(one -> one.state.isMeasured()).count();
            findings.add(new Finding(
                    Level.GOOD,
                    uri,
                    versions(connection) + ", " + all.size() + " domains, " + running + " running",
                    ""));
        }
        findings.sort(Comparator.comparing(Finding::level).reversed());
        return findings;
    }

    private List<Checked> read(DomainRecords records) throws VirtException {
        List<Checked> all = new ArrayList<>();
        for (int i = 0; i < records.count(); i++) {
            DomainHandle domain = records.domain(i);
            DomainName name = domain.name();
            VmState state =
                    DomainState.of(records.stats(i).state(), records.stats(i).reason(), domain.id());
            if (!domain.isAppliance(name)) {
                definitions
                        .read(domain::xml, name)
                        .ifPresent(definition -> all.add(new Checked(domain, name, state, definition)));
            }
        }
        return all;
    }

    private List<Remark> remarks(Connection connection, Checked one, KernelRemarks ways) throws VirtException {
        Definition definition = one.definition;
        List<Remark> all = new ArrayList<>();
        definition
                .rejected()
                .ifPresent(why -> all.add(new Remark(
                        Level.PROBLEM,
                        "is a pod of another name than it should: " + why,
                        "correct it with virsh edit NAME, see IDENTITY.md")));
        if (!one.state.isMeasured()) {
            return all;
        }
        all.addAll(ways.of(one.name.vm()));
        memory(definition).ifPresent(all::add);
        all.addAll(DiskRemarks.of(images.of(one.name.vm(), definition)));
        if (definition.hugePages()) {
            all.add(hugePages(connection, one));
        }
        return all;
    }

    private static Optional<Remark> memory(Definition definition) {
        if (!definition.balloon()) {
            return Optional.of(new Remark(
                    Level.HINT,
                    "has no memory balloon: the guest cannot report its memory",
                    "add <memballoon model='virtio'/> with virsh edit NAME"));
        }
        return definition.statsPeriod().isZero()
                ? Optional.of(new Remark(
                        Level.HINT,
                        "does not report its memory: page faults are absent, and so is memory.working-set = guest",
                        "virsh dommemstat --period 10 --live NAME"))
                : Optional.empty();
    }

    private Remark hugePages(Connection connection, Checked one) throws VirtException {
        boolean isSeen = hugePages
                .bytes(connection, one.domain, one.name.vm(), new Incarnation(one.domain.id()), time.now())
                .isPresent();
        return isSeen
                ? new Remark(Level.GOOD, "has huge pages: those that its process holds count too", "")
                : new Remark(
                        Level.HINT,
                        "has huge pages, and its process cannot be seen here: all the memory that it was given counts",
                        "let vmgauge see the host's processes and /sys/fs/cgroup");
    }

    private static Finding finding(Remark remark, List<String> domains) {
        List<String> names = domains.stream().sorted().toList();
        String subject = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
        if (names.size() > MOST_NAMES) {
            subject += " and " + (names.size() - MOST_NAMES) + " more";
        }
        String remedy = names.size() == 1 ? remark.remedy.replace("NAME", names.get(0)) : remark.remedy;
        return new Finding(remark.level, subject, remark.what, remedy);
    }

    private static String versions(Connection connection) throws VirtException {
        try {
            return "libvirt " + version(connection.getLibVersion()) + ", " + connection.getType() + " "
                    + version(connection.getVersion());
        } catch (LibvirtException e) {
            throw VirtException.of(e);
        }
    }

    private static String version(long number) {
        return number / 1_000_000 + "." + number / 1000 % 1000 + "." + number % 1000;
    }
}
