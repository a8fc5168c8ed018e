package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.adapters.libvirt.metering.CpuTimeCounters;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.linux.cgroup.CgroupListing;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The numbers of a real guest, booted by a real QEMU, against what the machine itself says. */
public class QemuNumbersIT {
    private static final PrivateLibvirtd LIBVIRTD = PrivateLibvirtd.get();
    private static final String NAME = LIBVIRTD.prefix() + "-burner";
    private static final long MEBIBYTE = 1 << 20;

    private static VmId burner;
    private static Hypervisor hypervisor;

    @BeforeAll
    static void boot() {
        burner = new VmId(LIBVIRTD.guest("burner", "--load", "100", "--disk", "64"));
        hypervisor = RealTime.open(LIBVIRTD.uri());
    }

    @AfterAll
    static void end() {
        hypervisor.close();
        PrivateLibvirtd.signal("KILL", pid());
    }

    /** Others share the machine's processors, so the guest may not get all it wants: what it got, the host says. */
    @Test
    void aGuestThatBurnsOneProcessorUsesABillionNanosecondsASecondOfWhatItGets() {
        Duration before = hostsCpu();
        CpuSample first = cpu();
        Duration begun = hostsCpu();
        RealTime.elapse(Duration.ofSeconds(3));
        Duration ended = hostsCpu();
        CpuSample second = cpu();
        Duration after = hostsCpu();

        Duration used = Duration.ofNanos(second.usageNanos() - first.usageNanos());
        double seconds = second.takenAt().nanosSince(first.takenAt()) / 1e9;

        // One virtual CPU, and a little for QEMU itself.
        assertTrue(used.toNanos() / 1e9 / seconds < 1.1, () -> "used " + used + " in " + seconds + " s");
        // The host counts hundredths of a second, of user and of system time.
        Duration blur = Duration.ofMillis(30);
        assertTrue(
                used.compareTo(ended.minus(begun).minus(blur)) >= 0
                        && used.compareTo(after.minus(before).plus(blur)) <= 0,
                () -> used + ", but the host says " + ended.minus(begun) + " to " + after.minus(before));
    }

    /** Where libvirtd has a cgroup for it; elsewhere nothing is to be found. */
    @Test
    void itsCpuTimeIsReadFromTheFileThatLibvirtdReads() throws Exception {
        CpuTimeCounters times = new CpuTimeCounters();
        Connection connection = Connection.open(
                ConfigSettings.parsed("uri = \"" + LIBVIRTD.uri() + "\"").connection());
        try (DomainHandle domain = connection.lookup(burner.value()).orElseThrow()) {
            Moment now = new RealTime().now();
            Incarnation life = new Incarnation(1);
            times.ask(connection, domain, burner, life, now, CgroupListing.ofThisHost());

            if (hasCgroup(domain)) {
                long before = domain.cgroupCpuNanos();
                long looked = times.look(burner, life, now).orElseThrow().usageNanos();
                long after = domain.cgroupCpuNanos();
                assertTrue(before <= looked && looked <= after, () -> before + ", " + looked + ", " + after);
            } else {
                assertTrue(times.look(burner, life, now).isEmpty());
            }
        } finally {
            connection.close();
        }
    }

    /** Where libvirtd has a cgroup for it; elsewhere its threads are not known. */
    @Test
    void stealIsWhatLibvirtTellsThatItsVcpusWaited() throws Exception {
        Connection connection = Connection.open(
                ConfigSettings.parsed("uri = \"" + LIBVIRTD.uri() + "\"").connection());
        boolean isKnown;
        try (DomainHandle domain = connection.lookup(burner.value()).orElseThrow()) {
            isKnown = hasCgroup(domain);
        } finally {
            connection.close();
        }
        long begun = stealAsLibvirtTellsIt(isKnown);
        List<Process> others = crowdTheProcessors();
        RealTime.elapse(Duration.ofSeconds(3));
        long ended = stealAsLibvirtTellsIt(isKnown);
        others.forEach(Process::destroy);
        assertTrue(ended > begun || !isKnown, () -> "nothing in three seconds on processors that others wanted too");
    }

    private static long stealAsLibvirtTellsIt(boolean isKnown) {
        long before = libvirtsDelay();
        OptionalLong steal = cpu().stealNanos();
        long after = libvirtsDelay();
        assertEquals(isKnown, steal.isPresent());
        assertTrue(
                before <= steal.orElse(before) && steal.orElse(after) <= after,
                () -> steal + ", but libvirt tells " + before + " and then " + after);
        return after;
    }

    private static List<Process> crowdTheProcessors() throws IOException {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            all.add(new ProcessBuilder("timeout", "5", "sh", "-c", "while :; do :; done").start());
        }
        return all;
    }

    private static long libvirtsDelay() {
        return LIBVIRTD.virsh("domstats --vcpu " + NAME)
                .lines()
                .map(String::strip)
                .filter(line -> line.matches("vcpu\\.[0-9]+\\.delay=[0-9]+"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1)))
                .sum();
    }

    private static boolean hasCgroup(DomainHandle domain) {
        try {
            return domain.cgroupCpuNanos() > 0;
        } catch (VirtException e) {
            return false;
        }
    }

    private static Duration hostsCpu() {
        return ProcessHandle.of(pid())
                .flatMap(qemu -> qemu.info().totalCpuDuration())
                .orElseThrow();
    }

    @Test
    void aPausedGuestStaysListedAndItsCpuStandsStill() {
        LIBVIRTD.virsh("suspend " + NAME);
        try {
            RealTime.elapse(Duration.ofMillis(200));
            CpuSample first = cpu();
            RealTime.elapse(Duration.ofSeconds(2));
            CpuSample second = cpu();

            double rate = (double) (second.usageNanos() - first.usageNanos())
                    / second.takenAt().nanosSince(first.takenAt());

            assertTrue(rate < 0.01, () -> "used " + rate + " processors while paused");
            assertTrue(hypervisor.catalog().list().stream()
                    .anyMatch(vm -> vm.id().equals(burner) && vm.state() == VmState.PAUSED));
        } finally {
            resume();
        }
    }

    @Test
    void residentMemoryIsThatOfTheQemuProcess() throws IOException {
        MemorySample memory = one(MemorySample.class, Metric.MEMORY);
        String[] statm = Files.readString(Path.of("/proc/" + pid() + "/statm")).split(" ", -1);
        long resident = Long.parseLong(statm[1]) * 4096;

        assertTrue(Math.abs(memory.residentBytes() - resident) < resident / 10, memory::toString);
        assertEquals(0, memory.hugePageBytes());
    }

    @Test
    void theGuestsOwnFiguresComeThroughItsBalloon() {
        GuestMemorySample memory = one(GuestMemorySample.class, Metric.GUEST_MEMORY);
        var guest = memory.guest().orElseThrow();

        assertEquals(96 * MEBIBYTE, memory.balloonBytes().orElseThrow());
        assertTrue(guest.totalBytes() > 32 * MEBIBYTE && guest.totalBytes() < 96 * MEBIBYTE, guest::toString);
        assertTrue(guest.usableBytes().orElseThrow() < guest.totalBytes(), guest::toString);
        assertTrue(guest.pageFaults().orElseThrow() > 0, guest::toString);
    }

    @Test
    void diskUsageIsWhatTheImageOccupiesOnTheHost() throws IOException {
        Path image = LIBVIRTD.dir().resolve("images/burner.img");
        long occupied = blocks(image) * 512;

        DiskSample disks = one(DiskSample.class, Metric.DISK);
        assertEquals(occupied, disks.usedBytes());
        assertEquals(List.of(new DeviceBytes("vda", occupied)), disks.devices());
        assertTrue(occupied < Files.size(image), "the image is sparse, or this test shows nothing");
    }

    @Test
    void networkCountersGrowByThePingsOfTheGuest() {
        NetworkSample first = one(NetworkSample.class, Metric.NETWORK);
        RealTime.elapse(Duration.ofMillis(2500));
        NetworkSample second = one(NetworkSample.class, Metric.NETWORK);

        assertEquals(1, second.interfaces().size());
        var before = first.interfaces().get(0);
        var after = second.interfaces().get(0);
        assertTrue(
                after.sent().packets().orElseThrow() > before.sent().packets().orElseThrow(), after::toString);
        assertTrue(
                after.received().packets().orElseThrow()
                        > before.received().packets().orElseThrow(),
                after::toString);
    }

    @Test
    void bothLanesTellTheSameInterfaceWithTheSameCounters() {
        var quick = (NetworkSample) hypervisor.meter().measureAll(Set.of(Metric.NETWORK)).stream()
                .filter(m -> m.vm().equals(burner))
                .flatMap(m -> ((Measured) m).samples().stream())
                .findFirst()
                .orElseThrow();
        NetworkSample slow = one(NetworkSample.class, Metric.NETWORK);

        assertTrue(slow.continues(quick), () -> slow + " does not continue " + quick);
    }

    /** libvirt takes the first device whose name ends so; where that is the other one, the VM must not have its numbers. */
    @Test
    void aTapWhoseNameIsTheEndOfAnothersTellsItsOwnCounters() throws IOException {
        String tap = LIBVIRTD.prefix() + "q1";
        String other = "x" + tap;
        ip("link add " + other + " type veth peer name y" + tap);
        try {
            ip("link set " + other + " up");
            ip("link set y" + tap + " up");
            // Greetings of IPv6, which nobody sends to the tap.
            awaitTraffic(other);
            VmId vm = createWithTap(tap);
            try {
                for (List<InterfaceCounters> told : List.of(quick(vm), slow(vm))) {
                    assertEquals(1, told.size());
                    // The tap's own device counts the other way round.
                    InterfaceCounters own = told.get(0);
                    assertTrue(own.received().bytes() <= counter(tap, "tx_bytes"), own::toString);
                    assertTrue(own.sent().bytes() <= counter(tap, "rx_bytes"), own::toString);
                }
            } finally {
                LIBVIRTD.virsh("destroy " + tap);
            }
        } finally {
            ip("link del " + other);
        }
    }

    /** One that has nothing to boot. */
    private static VmId createWithTap(String tap) throws IOException {
        VmId vm = new VmId(UUID.randomUUID().toString());
        Path xml = Files.writeString(
                LIBVIRTD.dir().resolve("xml/" + tap + ".xml"),
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>8</memory><vcpu>1</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <devices><controller type='usb' model='none'/>
                <interface type='ethernet'><target dev='%s'/><model type='virtio'/><rom enabled='no'/></interface>
                </devices></domain>
                """
                        .formatted(tap, vm.value(), tap));
        LIBVIRTD.virsh("create " + xml);
        return vm;
    }

    private static List<InterfaceCounters> quick(VmId vm) {
        return hypervisor.meter().measureAll(Set.of(Metric.NETWORK)).stream()
                .filter(m -> m.vm().equals(vm))
                .flatMap(m -> ((Measured) m).samples().stream())
                .map(sample -> ((NetworkSample) sample).interfaces())
                .findFirst()
                .orElseThrow();
    }

    private static List<InterfaceCounters> slow(VmId vm) {
        Measured answer = assertInstanceOf(Measured.class, hypervisor.meter().measure(vm, Set.of(Metric.NETWORK)));
        return ((NetworkSample) answer.samples().get(0)).interfaces();
    }

    private static void awaitTraffic(String device) {
        for (int i = 0; i < 100 && (counter(device, "tx_bytes") == 0 || counter(device, "rx_bytes") == 0); i++) {
            RealTime.elapse(Duration.ofMillis(100));
        }
        assertTrue(counter(device, "tx_bytes") > 0 && counter(device, "rx_bytes") > 0, "no traffic on " + device);
    }

    private static long counter(String device, String name) {
        try {
            return Long.parseLong(Files.readString(Path.of("/sys/class/net", device, "statistics", name))
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void ip(String arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments.split(" ", -1)));
        PrivateLibvirtd.run(new ProcessBuilder(command)).orFail();
    }

    private static CpuSample cpu() {
        return one(CpuSample.class, Metric.CPU);
    }

    private static <S extends Sample<S>> S one(Class<S> type, Metric metric) {
        Measured answer = assertInstanceOf(Measured.class, hypervisor.meter().measure(burner, Set.of(metric)));
        return type.cast(answer.samples().get(0));
    }

    /** libvirt gives the host's end of the network its address once more, and fails if it is there. */
    private static void resume() {
        String tap =
                one(NetworkSample.class, Metric.NETWORK).interfaces().get(0).name();
        PrivateLibvirtd.run(new ProcessBuilder("ip", "addr", "flush", "dev", tap));
        LIBVIRTD.virsh("resume " + NAME);
    }

    private static long pid() {
        return LIBVIRTD.qemu(NAME).orElseThrow();
    }

    private static long blocks(Path file) throws IOException {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        try (var output = stat.inputReader()) {
            return Long.parseLong(output.readLine());
        }
    }
}
