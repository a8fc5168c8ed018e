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

    private static final long NO_TEXT = -1;

    private final DefinitionReader reader;
    private final TimeSource time;
    private final Duration refresh;
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();

    /** @param text which text it was made of, see {@link #fingerprint} */
    private record Known(int id, Moment readAt, long text, Definition definition) {}

    Definitions(LibvirtSettings settings, TimeSource time) {
        this.reader = new DefinitionReader(settings);
        this.time = time;
        this.refresh = settings.refresh();
    }

    Definition of(DomainHandle handle, DomainName domain, int id) throws VirtException {
        VmId vm = domain.vm();
        Known known = all.get(vm);
        if (known != null && known.id == id && time.now().nanosSince(known.readAt) < lifetime(vm)) {
            return known.definition;
        }
        Optional<Known> read = read(handle, domain, id, known);
        if (read.isEmpty()) {
            return reader.empty(domain, Optional.empty());
        }
        Definition definition = read.get().definition;
        all.put(vm, read.get());
        logChange(domain, known, definition);
        return definition;
    }

    /** Not from memory. Absent if there is no such domain any more: no reason to complain. */
    Optional<Definition> read(DomainHandle handle, DomainName domain) throws VirtException {
        return read(handle, domain, 0, null).map(Known::definition);
    }

    /** Most definitions never change, and to compare one costs far less than to parse it. */
    private Optional<Known> read(DomainHandle handle, DomainName domain, int id, @Nullable Known before)
            throws VirtException {
        try {
            String xml = handle.xml();
            long text = fingerprint(xml);
            Definition definition =
                    before != null && before.text == text ? before.definition : reader.read(domain, xml);
            return Optional.of(new Known(id, time.now(), text, definition));
        } catch (VirtException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            return e.isDomainGone()
                    ? Optional.empty()
                    : Optional.of(new Known(
                            id,
                            time.now(),
                            NO_TEXT,
                            reader.empty(domain, Optional.of("its XML cannot be had: " + e.reason()))));
        }
    }

    /** Of its length and content: to keep the texts themselves would take megabytes. Never {@link #NO_TEXT}. */
    private static long fingerprint(String xml) {
        return (long) xml.length() << Integer.SIZE | Integer.toUnsignedLong(xml.hashCode());
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
