package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.libvirt.LibvirtException;

/** What an operator should know of the connection and of each domain. The same finding of many domains is one line. */
final class Checkup {
    private static final int MOST_NAMES = 3;

    private final String uri;
    private final Definitions definitions;

    Checkup(String uri, Definitions definitions) {
        this.uri = uri;
        this.definitions = definitions;
    }

    /** Something found of a domain; the remedy has NAME for the domain's name. */
    private record Remark(Level level, String what, String remedy) {}

    List<Finding> check(Connection connection) throws VirtException {
        Map<Remark, List<String>> remarks = new LinkedHashMap<>();
        int running = 0;
        int domains = 0;
        try (DomainRecords records = connection.stats(Virt.STATS_STATE, 0)) {
            for (int i = 0; i < records.count(); i++) {
                DomainHandle domain = records.domain(i);
                DomainName name = domain.name();
                Optional<Definition> definition =
                        domain.isAppliance(name) ? Optional.empty() : definitions.read(domain::xml, name);
                if (definition.isPresent()) {
                    VmState state = DomainState.of(records.stats(i).state(), domain.id());
                    for (Remark remark : remarks(definition.get(), state)) {
                        remarks.computeIfAbsent(remark, r -> new ArrayList<>()).add(name.printable());
                    }
                    domains++;
                    running += state.isMeasured() ? 1 : 0;
                }
            }
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(
                Level.GOOD, uri, versions(connection) + ", " + domains + " domains, " + running + " running", ""));
        remarks.forEach((remark, names) -> findings.add(finding(remark, names)));
        findings.sort(Comparator.comparing(Finding::level).reversed());
        return findings;
    }

    private static List<Remark> remarks(Definition definition, VmState state) {
        List<Remark> all = new ArrayList<>();
        definition
                .rejected()
                .ifPresent(why -> all.add(new Remark(
                        Level.PROBLEM,
                        "is a pod of another name than it should: " + why,
                        "correct it with virsh edit NAME, see IDENTITY.md")));
        if (!state.isMeasured()) {
            return all;
        }
        if (!definition.balloon()) {
            all.add(new Remark(
                    Level.HINT,
                    "has no memory balloon: the guest cannot report its memory",
                    "add <memballoon model='virtio'/> with virsh edit NAME"));
        } else if (definition.statsPeriod().isZero()) {
            all.add(new Remark(
                    Level.HINT,
                    "does not report its memory: page faults are absent, and so is memory.working-set = guest",
                    "virsh dommemstat --period 10 --live NAME"));
        }
        if (definition.ownDisks().isEmpty()) {
            all.add(new Remark(Level.HINT, "has no node-local disk of its own: its disk usage is absent", ""));
        }
        if (definition.hugePages()) {
            all.add(new Remark(Level.HINT, "has huge pages: all of its memory counts as its working set", ""));
        }
        return all;
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
