package io.vmgauge.adapters.libvirt.definition;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.log.OnceLog;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The definitions of all domains. A definition is remembered for one life of a domain, and for a limited time:
 * libvirt-java has no event for changed metadata. Definitions expire at different times, so that not all are read again
 * at once.
 *
 * <p>Long because reading, remembering and complaining share what is known of a domain.
 */
public final class Definitions {
    private static final Logger LOG = LoggerFactory.getLogger(Definitions.class);

    private static final long NO_TEXT = -1;
    /**
     * How soon a definition that could not be read is tried again, in nanoseconds. The cause may be gone soon. But a
     * tenant may have made the XML too long to send, which costs libvirtd a while, so it is not tried as often as
     * readers wake rounds.
     */
    private static final long RETRY = TimeUnit.SECONDS.toNanos(5);

    private final DefinitionReader reader;
    private final TimeSource time;
    private final Duration refresh;
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();
    private final OnceLog<VmId> complaints = new OnceLog<>();

    /**
     * @param readAt when it was tried last
     * @param text the {@link #fingerprint} of its XML
     * @param unreadable why it could not be read
     */
    private record Known(
            Incarnation life, Moment readAt, long text, Definition definition, Optional<String> unreadable) {
        Known(Incarnation life, Moment readAt, long text, Definition definition) {
            this(life, readAt, text, definition, Optional.empty());
        }

        Optional<String> complaint() {
            return unreadable.or(definition::rejected);
        }
    }

    /** Where a domain's definition comes from: {@link DomainHandle#xml}. */
    public interface Source {
        String xml() throws VirtException;
    }

    /**
     * Remembers nothing yet.
     *
     * @param refresh how long one may be remembered, more or less
     */
    public Definitions(DefinitionReader reader, Duration refresh, TimeSource time) {
        this.reader = reader;
        this.refresh = refresh;
        this.time = time;
    }

    /**
     * The definition, from memory if it is not too old. Absent if there is no such domain any more. If it cannot be
     * read, the last one of the same life is given: no VM becomes another pod because libvirt fails.
     */
    public Optional<Definition> of(Source source, DomainName domain, Incarnation life) throws VirtException {
        VmId vm = domain.vm();
        Known known = all.get(vm);
        Known last = known != null && known.life.equals(life) ? known : null;
        if (last != null && time.now().nanosSince(last.readAt) < (last.unreadable.isEmpty() ? lifetime(vm) : RETRY)) {
            return Optional.of(last.definition);
        }
        return update(source, domain, life);
    }

    /** The definition that is remembered of this life; absent if there is none. libvirt is not asked. */
    public Optional<Definition> known(VmId vm, Incarnation life) {
        return Optional.ofNullable(all.get(vm))
                .filter(known -> known.life.equals(life))
                .map(Known::definition);
    }

    /** As {@link #of}, but read again in any case: disks come and go while a domain runs. */
    public Optional<Definition> update(Source source, DomainName domain, Incarnation life) throws VirtException {
        VmId vm = domain.vm();
        Known known = all.get(vm);
        Known last = known != null && known.life.equals(life) ? known : null;
        Optional<Known> read = read(source, domain, life, known);
        if (read.isEmpty()) {
            return Optional.empty();
        }
        Known next = read.get();
        if (last != null && next.unreadable.isPresent()) {
            next = new Known(life, next.readAt, last.text, last.definition, next.unreadable);
        }
        all.put(vm, next);
        logChange(domain, next);
        return Optional.of(next.definition);
    }

    /**
     * The definition as it is now, without using or changing the memory. Absent if there is no such domain any more.
     */
    public Optional<Definition> read(Source source, DomainName domain) throws VirtException {
        return read(source, domain, new Incarnation(0), null).map(Known::definition);
    }

    /** Most definitions never change, and comparing costs far less than parsing. */
    private Optional<Known> read(Source source, DomainName domain, Incarnation life, @Nullable Known before)
            throws VirtException {
        try {
            String xml = source.xml();
            long text = fingerprint(xml);
            Definition definition =
                    before != null && before.text == text ? before.definition : reader.read(domain, xml);
            return Optional.of(new Known(life, time.now(), text, definition));
        } catch (VirtException e) {
            if (e.isConnectionLost()) {
                throw e;
            }
            Optional<String> why = Optional.of("its XML cannot be had: " + e.reason());
            return e.isDomainGone()
                    ? Optional.empty()
                    : Optional.of(new Known(life, time.now(), NO_TEXT, reader.empty(domain, why), why));
        }
    }

    /** A hash of its length and content: the texts themselves would take megabytes. It is never {@link #NO_TEXT}. */
    private static long fingerprint(String xml) {
        return (long) xml.length() << Integer.SIZE | Integer.toUnsignedLong(xml.hashCode());
    }

    /** Forgets all other domains. */
    public void keepOnly(Set<VmId> listed) {
        all.keySet().retainAll(listed);
        complaints.keepOnly(listed);
    }

    /** Three to five quarters of the configured time, always the same for one VM. */
    private long lifetime(VmId vm) {
        long quarter = refresh.toNanos() / 4;
        return 3 * quarter + Math.floorMod(vm.hashCode() * 0x9E3779B97F4A7C15L, Math.max(1, 2 * quarter));
    }

    private void logChange(DomainName domain, Known now) {
        Optional<String> complaint = now.complaint();
        if (complaint.isEmpty() && complaints.ends(domain.vm())) {
            LOG.info("domain {} ({}) is in order again", domain.printable(), domain.uuid());
        } else if (complaint.isPresent() && complaints.begins(domain.vm(), complaint.get())) {
            PodSandbox pod = now.definition.placement().sandbox();
            LOG.warn(
                    "domain {} ({}) counts as pod {}/{}: {}",
                    domain.printable(),
                    domain.uuid(),
                    pod.namespace(),
                    pod.name(),
                    complaint.get());
        }
    }
}
