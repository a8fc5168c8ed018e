package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Placement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Makes a {@link Definition} of a domain's XML. Pure. It never fails: what is wrong is a part of the definition. */
public final class DefinitionReader {
    private static final String NUMBER = "[0-9]{1,6}";

    private final List<PlacementResolver> resolvers;
    private final StandaloneResolver lastResort;

    /**
     * Makes a reader.
     *
     * @param resolvers are asked in this order
     * @param standaloneNamespace where the pods of all others are
     */
    public DefinitionReader(List<PlacementResolver> resolvers, String standaloneNamespace) {
        this.resolvers = List.copyOf(resolvers);
        this.lastResort = new StandaloneResolver(standaloneNamespace);
    }

    public Definition read(DomainName domain, String text) {
        DomainXml xml;
        try {
            xml = DomainXml.parse(text);
        } catch (BadDefinition e) {
            return empty(domain, Optional.of(e.reason()));
        }
        Placed placed = place(domain, xml);
        List<DomainXml> devices = xml.child("devices").stream().toList();
        Optional<DomainXml> balloon = all(devices, "memballoon")
                .filter(b -> !b.attribute("model").equals(Optional.of("none")))
                .findFirst();
        return new Definition(
                placed.placement,
                placed.rejected,
                all(devices, "interface")
                        .flatMap(i -> i.child("target").flatMap(t -> t.attribute("dev")).stream())
                        .toList(),
                all(devices, "disk").flatMap(d -> DiskReader.read(d).stream()).toList(),
                memory(xml),
                hasHugePages(xml, devices),
                balloon.isPresent(),
                balloon.map(DefinitionReader::period).orElse(Duration.ZERO));
    }

    /**
     * What is known of a domain without its XML.
     *
     * @param why it is missing
     */
    Definition empty(DomainName domain, Optional<String> why) {
        return new Definition(
                lastResort.place(domain), why, List.of(), List.of(), OptionalLong.empty(), false, false, Duration.ZERO);
    }

    private record Placed(Placement placement, Optional<String> rejected) {}

    /** The first answer wins. The first reason why something could not be used is kept. */
    private Placed place(DomainName domain, DomainXml xml) {
        Optional<String> rejected = Optional.empty();
        for (PlacementResolver resolver : resolvers) {
            try {
                Optional<Placement> placement = resolver.resolve(domain, xml);
                if (placement.isPresent()) {
                    return new Placed(placement.get(), rejected);
                }
            } catch (BadDefinition e) {
                rejected = rejected.or(() -> Optional.of(resolver.name() + " identity: " + e.reason()));
            } catch (IllegalArgumentException e) {
                // The domain's own rules for names and ids; their messages hold no text of the tenant.
                rejected = rejected.or(() -> Optional.of(resolver.name() + " identity: " + e.getMessage()));
            }
        }
        return new Placed(lastResort.place(domain), rejected);
    }

    /** Either for all of its memory, or for memory that was plugged in. */
    private static boolean hasHugePages(DomainXml xml, List<DomainXml> devices) {
        return xml.child("memoryBacking").flatMap(m -> m.child("hugepages")).isPresent()
                || all(devices, "memory").anyMatch(m -> m.child("source")
                        .flatMap(source -> source.child("pagesize"))
                        .isPresent());
    }

    /** libvirt always writes KiB. */
    private static OptionalLong memory(DomainXml xml) {
        return xml.child("memory")
                .filter(memory -> memory.attribute("unit").orElse("KiB").equals("KiB"))
                .map(memory -> memory.text().strip())
                .filter(kibibytes -> kibibytes.matches("[0-9]{1,15}"))
                .map(kibibytes -> OptionalLong.of(Long.parseLong(kibibytes) * 1024))
                .orElse(OptionalLong.empty());
    }

    private static Duration period(DomainXml balloon) {
        return balloon.child("stats")
                .flatMap(s -> s.attribute("period"))
                .filter(p -> p.matches(NUMBER))
                .map(p -> Duration.ofSeconds(Long.parseLong(p)))
                .orElse(Duration.ZERO);
    }

    private static Stream<DomainXml> all(List<DomainXml> devices, String name) {
        return devices.stream().flatMap(d -> d.children(name).stream());
    }
}
