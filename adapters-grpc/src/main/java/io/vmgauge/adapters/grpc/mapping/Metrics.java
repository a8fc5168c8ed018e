package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.MetricType;
import io.vmgauge.adapters.grpc.mapping.MetricFamily.Point;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * All metrics that are served. Their names, types and labels are those of containerd, CRI-O and cAdvisor, so that
 * dashboards made for containers show VMs. Metrics that are not truly known are left out: the split of CPU time into
 * user and system, limits, and page faults, which those runtimes count for a cgroup and a VM's guest counts by itself.
 *
 * <p>docs/METRICS.md has the same table for people; a test compares both. Long because it is a table.
 */
public final class Metrics {
    /** The prefix of metrics that only VMs have. Nobody else uses it. */
    public static final String OWN_PREFIX = "vmgauge_";

    /** A second in nanoseconds. CRI's metrics are whole numbers, so seconds are rounded down, as both runtimes do. */
    public static final long SECOND = 1_000_000_000L;

    public static final MetricFamily<Usage> CPU = new MetricFamily<>(
            "container_cpu_usage_seconds_total",
            MetricType.COUNTER,
            "Cumulative CPU time consumed, in whole seconds.",
            // containerd lacks this label; cAdvisor and CRI-O have it, and dashboards ask for it.
            List.of("cpu"),
            usage -> usage.cpu().stream().map(cpu -> Point.of(cpu.timestamp(), cpu.usageNanos() / SECOND, "total")));

    public static final MetricFamily<Usage> DISK = new MetricFamily<>(
            "container_fs_usage_bytes",
            MetricType.GAUGE,
            "Number of bytes that are consumed by the container on this filesystem.",
            List.of("device"),
            usage -> usage.disk().stream().map(disk -> Point.of(disk.timestamp(), disk.usedBytes(), "/")));

    /** What the VM's block devices read and write, by the guest's names of them. */
    public static final List<MetricFamily<Usage>> BLOCK_IO = List.of(
            blockIo("container_fs_reads_bytes_total", "bytes read", io -> io.read()
                    .bytes()),
            blockIo("container_fs_reads_total", "reads completed", io -> io.read()
                    .operations()),
            blockIo("container_fs_writes_bytes_total", "bytes written", io -> io.written()
                    .bytes()),
            blockIo("container_fs_writes_total", "writes completed", io -> io.written()
                    .operations()));

    /** The metrics of a container that a VM's values replace in a relay. */
    public static final List<MetricFamily<Usage>> OF_CONTAINERS = List.of(
            CPU,
            memory("container_memory_working_set_bytes", "Current working set.", MemoryUsage::workingSetBytes),
            memory(
                    "container_memory_usage_bytes",
                    "Current memory usage, including all memory regardless of when it was accessed.",
                    MemoryUsage::usageBytes),
            memory("container_memory_rss", "Size of RSS.", MemoryUsage::residentBytes));

    /** A metric of a container that a runtime behind a relay knows better. */
    static final MetricFamily<Usage> LAST_SEEN = new MetricFamily<>(
            "container_last_seen",
            MetricType.GAUGE,
            "Last time a container was seen by the exporter, in seconds since 1970.",
            List.of(),
            usage -> newest(usage).stream().map(seen -> Point.of(seen, seen.getEpochSecond())));

    /** Another such metric: created_at in seconds. */
    static final MetricFamily<KnownVm> START_TIME = new MetricFamily<>(
            "container_start_time_seconds",
            MetricType.GAUGE,
            "Start time of the container, in seconds since 1970.",
            List.of(),
            known -> Stream.of(new Point(0, known.startedAt().getEpochSecond(), List.of())));

    /** The metrics of a pod. */
    public static final List<MetricFamily<Usage>> OF_PODS = network("container_network_");

    /** The metrics of a container that only VMs have. */
    public static final List<MetricFamily<Usage>> OF_VMS = Stream.concat(
                    Stream.of(
                            new MetricFamily<Usage>(
                                    "vmgauge_cpu_steal_seconds_total",
                                    MetricType.COUNTER,
                                    "Cumulative time that vCPUs waited for the host's processors, in whole seconds.",
                                    List.of(),
                                    usage -> usage.cpu().stream().flatMap(cpu -> cpu.stealNanos().stream()
                                            .mapToObj(steal -> Point.of(cpu.timestamp(), steal / SECOND)))),
                            new MetricFamily<Usage>(
                                    "vmgauge_memory_balloon_bytes",
                                    MetricType.GAUGE,
                                    "Memory that the VM is allowed at present.",
                                    List.of(),
                                    usage -> usage.memory().stream()
                                            .flatMap(memory -> points(memory.timestamp(), memory.balloonBytes()))),
                            guest(
                                    "memory_bytes",
                                    "Memory that the guest's kernel manages.",
                                    guest -> OptionalLong.of(guest.totalBytes())),
                            guest(
                                    "memory_unused_bytes",
                                    "Memory that the guest does not use.",
                                    GuestMemory::unusedBytes),
                            guest(
                                    "memory_usable_bytes",
                                    "Memory that the guest could use without swapping.",
                                    GuestMemory::usableBytes),
                            guest(
                                    "memory_cache_bytes",
                                    "Memory of the guest that caches files.",
                                    GuestMemory::cacheBytes),
                            guest("page_faults_total", "Page faults in the guest.", GuestMemory::pageFaults),
                            guest(
                                    "major_page_faults_total",
                                    "Page faults in the guest for which a disk was read.",
                                    GuestMemory::majorPageFaults),
                            new MetricFamily<Usage>(
                                    "vmgauge_disk_used_bytes",
                                    MetricType.GAUGE,
                                    "Bytes that one of the VM's own node-local disks takes on the host.",
                                    List.of("device"),
                                    usage -> usage.disk().stream().flatMap(disk -> disk.devices().stream()
                                            .map(device ->
                                                    Point.of(disk.timestamp(), device.usedBytes(), device.device()))))),
                    network("vmgauge_network_").stream())
            .toList();

    private Metrics() {}

    private static MetricFamily<Usage> memory(String name, String what, ToLongFunction<MemoryUsage> bytes) {
        return new MetricFamily<>(
                name, MetricType.GAUGE, what + " In bytes.", List.of(), usage -> usage.memory().stream()
                        .map(memory -> Point.of(memory.timestamp(), bytes.applyAsLong(memory))));
    }

    private static MetricFamily<Usage> guest(String name, String what, Function<GuestMemory, OptionalLong> figure) {
        return new MetricFamily<>(
                "vmgauge_guest_" + name,
                name.endsWith("_total") ? MetricType.COUNTER : MetricType.GAUGE,
                what + " By the guest's own account.",
                List.of(),
                usage -> usage.memory().stream().flatMap(memory -> memory.guest().stream()
                        .flatMap(guest -> points(memory.timestamp(), figure.apply(guest)))));
    }

    private static Stream<Point> points(Instant takenAt, OptionalLong value) {
        return value.stream().mapToObj(known -> Point.of(takenAt, known));
    }

    /** The metrics of interfaces, seen from inside as a container's: received is what the guest received. */
    private static List<MetricFamily<Usage>> network(String prefix) {
        return List.of(
                network(
                        prefix + "receive_bytes",
                        "bytes received",
                        one -> known(one.received().bytes())),
                network(prefix + "receive_packets", "packets received", one -> one.received()
                        .packets()),
                network(prefix + "receive_packets_dropped", "packets dropped while receiving", one -> one.received()
                        .drops()),
                network(prefix + "receive_errors", "errors encountered while receiving", one -> one.received()
                        .errors()),
                network(
                        prefix + "transmit_bytes",
                        "bytes transmitted",
                        one -> known(one.sent().bytes())),
                network(prefix + "transmit_packets", "packets transmitted", one -> one.sent()
                        .packets()),
                network(prefix + "transmit_packets_dropped", "packets dropped while transmitting", one -> one.sent()
                        .drops()),
                network(prefix + "transmit_errors", "errors encountered while transmitting", one -> one.sent()
                        .errors()));
    }

    private static MetricFamily<Usage> blockIo(String name, String what, Function<DeviceIo, OptionalLong> counter) {
        return new MetricFamily<>(
                name,
                MetricType.COUNTER,
                "Cumulative count of " + what + ".",
                List.of("device"),
                usage -> usage.blockIo().stream()
                        .flatMap(io -> io.devices().stream().flatMap(one -> counter.apply(one).stream()
                                .mapToObj(value -> Point.of(io.timestamp(), value, one.device())))));
    }

    private static OptionalLong known(long value) {
        return OptionalLong.of(value);
    }

    private static MetricFamily<Usage> network(
            String name, String what, Function<InterfaceCounters, OptionalLong> counter) {
        return new MetricFamily<>(
                name + "_total",
                MetricType.COUNTER,
                "Cumulative count of " + what + ".",
                List.of("interface"),
                usage -> usage.network().stream()
                        .flatMap(network -> network.interfaces().stream().flatMap(one -> counter.apply(one).stream()
                                .mapToObj(value -> Point.of(network.timestamp(), value, one.name())))));
    }

    private static Optional<Instant> newest(Usage usage) {
        return Stream.of(
                        usage.cpu().map(cpu -> cpu.timestamp()),
                        usage.memory().map(memory -> memory.timestamp()),
                        usage.network().map(network -> network.timestamp()),
                        usage.disk().map(disk -> disk.timestamp()),
                        usage.blockIo().map(io -> io.timestamp()))
                .flatMap(Optional::stream)
                .max(Instant::compareTo);
    }
}
