package io.vmgauge.linux.network;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The network devices of this host, with their counters. An object is for one round: it reads once, when first asked.
 * A device is matched by its whole name.
 *
 * <p>libvirt finds a device in {@code /proc/net/dev} by the end of its name and takes the first line that fits. So
 * libvirt may give {@code tap0} the counters of {@code xtap0}. The counters of such a name are read here by the whole
 * name. They are absent where this host's kernel does not know the device.
 */
public final class NetworkDevices {
    private static final int COLUMNS = 16;
    /** Where the columns of what the device sent begin; those of what it received are the first. */
    private static final int SENT = 8;

    private final @Nullable Path list;
    private final Path devices;
    private @Nullable Map<String, long[]> counters;

    /**
     * Reads nothing yet.
     *
     * @param list as {@code /proc/net/dev}; null if the VMs run on another host
     * @param devices as {@code /sys/class/net}
     */
    public NetworkDevices(@Nullable Path list, Path devices) {
        this.list = list;
        this.devices = devices;
    }

    public static NetworkDevices ofThisHost() {
        return new NetworkDevices(Path.of("/proc/net/dev"), Path.of("/sys/class/net"));
    }

    /** For VMs that run on another host. */
    public static NetworkDevices unknown() {
        return new NetworkDevices(null, Path.of("/nowhere"));
    }

    /**
     * The interfaces of a VM with true counters, in the same order. Call it after libvirt was asked.
     *
     * @param told what libvirt says of them
     * @param others the names of further interfaces that libvirt told of
     */
    public List<InterfaceCounters> verified(List<InterfaceCounters> told, Collection<String> others) {
        return told.stream()
                .flatMap(one -> isAmbiguous(one.name(), others) ? read(one.name()).stream() : Optional.of(one).stream())
                .toList();
    }

    private boolean isAmbiguous(String name, Collection<String> others) {
        Map<String, long[]> known = counters();
        return isEndOfAny(name, known.keySet()) || (!known.containsKey(name) && isEndOfAny(name, others));
    }

    private static boolean isEndOfAny(String name, Collection<String> all) {
        return all.stream().anyMatch(other -> other.length() > name.length() && other.endsWith(name));
    }

    /** The names of all devices. */
    public Set<String> names() {
        return Collections.unmodifiableSet(counters().keySet());
    }

    /** The device of a VM with that name; absent if it is of no kind that VMs have, or of an unknown one. */
    public Optional<GuestDevice> guestDevice(String name) {
        if (isTap(name)) {
            return Optional.of(new GuestDevice(name, true));
        }
        return Files.isDirectory(devices.resolve(name).resolve("macvtap"))
                ? Optional.of(new GuestDevice(name, false))
                : Optional.empty();
    }

    /** What has passed a device, as its guest sees it; absent if there is no such device any more. */
    public Optional<InterfaceCounters> counters(GuestDevice device) {
        long[] columns = counters().get(device.name());
        return columns == null ? Optional.empty() : Optional.of(seenByGuest(device, columns));
    }

    private Optional<InterfaceCounters> read(String name) {
        return counters(new GuestDevice(name, isTap(name)));
    }

    private boolean isTap(String name) {
        return Files.exists(devices.resolve(name).resolve("tun_flags"));
    }

    private static InterfaceCounters seenByGuest(GuestDevice device, long[] columns) {
        return new InterfaceCounters(
                device.name(),
                traffic(columns, device.isTap() ? SENT : 0),
                traffic(columns, device.isTap() ? 0 : SENT));
    }

    private static Traffic traffic(long[] columns, int first) {
        return new Traffic(columns[first], columns[first + 1], columns[first + 2], columns[first + 3]);
    }

    private Map<String, long[]> counters() {
        Map<String, long[]> known = counters;
        if (known == null) {
            known = list == null ? Map.of() : parse(list);
            counters = known;
        }
        return known;
    }

    private static Map<String, long[]> parse(Path list) {
        Map<String, long[]> all = new HashMap<>();
        try {
            for (String line : Files.readAllLines(list, StandardCharsets.ISO_8859_1)) {
                int colon = line.indexOf(':');
                String[] columns = line.substring(colon + 1).strip().split(" +", -1);
                if (colon > 0 && columns.length == COLUMNS) {
                    all.put(line.substring(0, colon).strip(), numbers(columns));
                }
            }
        } catch (IOException | NumberFormatException e) {
            // This user may not see it: nothing is known of this host's devices.
            return Map.of();
        }
        return all;
    }

    private static long[] numbers(String[] columns) {
        long[] numbers = new long[columns.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Long.parseLong(columns[i]);
        }
        return numbers;
    }
}
