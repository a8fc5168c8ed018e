package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.domain.DomainStats;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.linux.network.GuestDevice;
import io.vmgauge.linux.network.NetworkDevices;
import io.vmgauge.linux.network.NetworkNamespace;
import io.vmgauge.linux.process.QemuProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The network devices that are each domain's interfaces, as libvirt named them last. The kernel tells their counters,
 * but not whose they are. libvirt has to name them again when a device comes that may be a guest's and that no domain
 * is known to have, when one goes, and after a minute. Thread-safe.
 */
public final class GuestInterfaces {
    private static final Duration NAMED_AGAIN = Duration.ofMinutes(1);

    private final NetworkNamespace namespace;
    private final Map<VmId, Known> all = new ConcurrentHashMap<>();
    private volatile Set<String> seen = Set.of();
    private volatile @Nullable Moment named;

    private record Known(Incarnation life, List<GuestDevice> devices) {
        List<String> names() {
            return devices.stream().map(GuestDevice::name).toList();
        }
    }

    /** Knows no domain. */
    public GuestInterfaces(NetworkNamespace namespace) {
        this.namespace = namespace;
    }

    /** Whether libvirt has to name them. */
    public boolean isNamingDue(Moment now) {
        Moment last = named;
        return last == null || now.nanosSince(last) >= NAMED_AGAIN.toNanos();
    }

    /** libvirt is about to name those of all domains. */
    public void namingBegins(Moment now) {
        named = now;
    }

    /**
     * Learns from libvirt's record what the interfaces of a domain are called. They are forgotten unless the kernel
     * shows each of them to this process. A record that does not tell them changes nothing.
     *
     * @param devices as of now
     */
    public void learn(VmId vm, Incarnation life, QemuProcess process, DomainStats told, NetworkDevices devices) {
        told.interfaceNames().ifPresent(names -> learn(vm, life, process, names, devices));
    }

    void learn(VmId vm, Incarnation life, QemuProcess process, List<String> names, NetworkDevices devices) {
        Known before = all.get(vm);
        if (before != null && before.life.equals(life) && before.names().equals(names)) {
            return;
        }
        List<GuestDevice> found = names.stream()
                .filter(devices.names()::contains)
                .flatMap(name -> devices.guestDevice(name).stream())
                .toList();
        if (found.size() == names.size() && namespace.isSharedWith(process.pid())) {
            all.put(vm, new Known(life, found));
        } else {
            all.remove(vm);
        }
    }

    /** The interfaces of a domain with their counters; absent if the kernel cannot tell them. */
    Optional<List<InterfaceCounters>> counters(VmId vm, Incarnation life, NetworkDevices devices) {
        Known known = all.get(vm);
        if (known == null || !known.life.equals(life)) {
            return Optional.empty();
        }
        List<InterfaceCounters> present = new ArrayList<>();
        known.devices.forEach(device -> devices.counters(device).ifPresent(present::add));
        if (present.size() < known.devices.size()) {
            named = null;
        }
        return Optional.of(present);
    }

    /** Looks for devices that came since the last round. */
    void lookForNew(NetworkDevices devices) {
        Set<String> names = devices.names();
        Set<String> before = seen;
        if (names.equals(before)) {
            return;
        }
        Set<String> claimed = new HashSet<>();
        all.values().forEach(known -> claimed.addAll(known.names()));
        boolean mayBeGuests = names.stream()
                .filter(name -> !before.contains(name) && !claimed.contains(name))
                .anyMatch(name -> devices.guestDevice(name).isPresent());
        if (mayBeGuests) {
            named = null;
        }
        seen = Set.copyOf(names);
    }

    /** Forgets all other domains. */
    public void keepOnly(Set<VmId> measured) {
        all.keySet().retainAll(measured);
    }
}
