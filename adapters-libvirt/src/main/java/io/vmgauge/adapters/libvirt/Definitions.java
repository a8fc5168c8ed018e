package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The definitions of all domains, remembered for one life of a domain and not for ever: libvirt-java hears nothing of
 * changed metadata. They grow old at different times, so that not all are read again at once.
 */
final class Definitions {
    private static final Logger log = LoggerFactory.getLogger(Definitions.class);

    private final DefinitionReader reader;
    private final TimeSource time;
    private final Duration refresh;
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();

    private record Known(int id, Moment readAt, Definition definition) {}

    Definitions(LibvirtSettings settings, TimeSource time) {
        this.reader = new DefinitionReader(settings);
        this.time = time;
        this.refresh = settings.refresh();
    }

    Definition of(Connection connection, DomainName domain, int id) throws VirtException {
        VmId vm = domain.vm();
        Known known = all.get(vm);
        if (known != null && known.id == id && time.now().nanosSince(known.readAt) < lifetime(vm)) {
            return known.definition;
        }
        Optional<Definition> read = read(connection, domain);
        if (read.isEmpty()) {
            return reader.empty(domain, Optional.empty());
        }
        Definition definition = read.get();
        all.put(vm, new Known(id, time.now(), definition));
        logChange(domain, known, definition);
        return definition;
    }

    /** Not from memory. Absent if there is no such domain any more: no reason to complain. */
    Optional<Definition> read(Connection connection, DomainName domain) throws VirtException {
        try {
            return Optional.of(reader.read(domain, connection.xml(domain.uuid())));
        } catch (VirtException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return e.isDomainGone()
                    ? Optional.empty()
                    : Optional.of(reader.empty(domain, Optional.of("its XML cannot be had: " + e.reason())));
        }
    }

    /** Forgets all other domains. */
    void keepOnly(Set<VmId> listed) {
        all.keySet().retainAll(listed);
    }

    /** From three to five quarters of the configured time, always the same for one VM. */
    private long lifetime(VmId vm) {
        long quarter = refresh.toNanos() / 4;
        return 3 * quarter + Math.floorMod(vm.hashCode() * 0x9E3779B97F4A7C15L, Math.max(1, 2 * quarter));
    }

    private static void logChange(DomainName domain, @Nullable Known before, Definition now) {
        Optional<String> complaint = before == null ? Optional.empty() : before.definition.rejected();
        if (complaint.equals(now.rejected())) {
            return;
        }
        now.rejected()
                .ifPresentOrElse(
                        why -> log.warn(
                                "domain {} ({}) counts as pod {}/{}: {}",
                                domain.printable(),
                                domain.uuid(),
                                now.placement().sandbox().namespace(),
                                now.placement().sandbox().name(),
                                why),
                        () -> log.info("domain {} ({}) is in order again", domain.printable(), domain.uuid()));
    }
}
