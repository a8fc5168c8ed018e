package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What the kernel tells of real guests is what libvirt tells of them. The interfaces are taps: of type {@code ethernet},
 * and ports of a bridge. Other kinds, such as macvtap, need drivers that the kernel of a test host may not have.
 */
class KernelNumbersIT {
    private static final PrivateLibvirtd LIBVIRTD = PrivateLibvirtd.get();
    private static final String BRIDGE = LIBVIRTD.prefix() + "br";
    /** More than the headers of a transfer, and than what the guest does besides. */
    private static final long HEADERS = GuestTraffic.BYTES / 20;

    private static VmId plain;
    private static VmId bridged;
    private static Hypervisor hypervisor;

    @BeforeAll
    static void boot() {
        plain = new VmId(LIBVIRTD.guest("plain", "--disk", "0"));
        ip("link add " + BRIDGE + " type bridge");
        ip("link set " + BRIDGE + " up");
        bridged = new VmId(LIBVIRTD.guest("bridged", "--disk", "0", "--load", "100", "--bridge", BRIDGE));
        hypervisor = RealTime.open(LIBVIRTD.uri());
        meet();
    }

    @AfterAll
    static void end() {
        hypervisor.close();
        List.of("plain", "bridged").forEach(KernelNumbersIT::kill);
        ip("link del " + BRIDGE);
    }

    @Test
    void bothAgreeOnAnIdleGuest() {
        agree(plain, "plain");
    }

    @Test
    void bothAgreeOnABusyGuest() {
        agree(bridged, "bridged");
    }

    @Test
    void bothAgreeOnAPausedGuest() {
        LIBVIRTD.virsh("suspend " + domain("bridged"));
        try {
            boolean isQuiet = false;
            for (int tries = 1; tries <= 20 && !isQuiet; tries++) {
                isQuiet = agree(bridged, "bridged");
            }
            assertTrue(isQuiet, "packets without end");
            long before = one(told(bridged), CpuSample.class).usageNanos();
            RealTime.elapse(Duration.ofMillis(200));
            long used = one(told(bridged), CpuSample.class).usageNanos() - before;
            assertTrue(used < 20_000_000, () -> "used " + used + " ns while paused");
        } finally {
            LIBVIRTD.virsh("resume " + domain("bridged"));
        }
    }

    @Test
    void whatTheHostSendsIsReceivedAndWhatTheGuestSendsIsSent() throws IOException {
        passes(plain, "plain", interfaces(plain).get(0).name());
    }

    @Test
    void likewiseThroughABridge() throws IOException {
        passes(bridged, "bridged", BRIDGE);
    }

    /** Its kernel gives a device up as soon as it is asked to. */
    @Test
    void anEthernetInterfaceThatIsPluggedInIsToldAfterTheNextListAndGoesAtOnce() throws IOException {
        comesAndGoes("<interface type='ethernet'>", "");
    }

    @Test
    void aBridgesPortThatIsPluggedInIsToldAfterTheNextListAndGoesAtOnce() throws IOException {
        comesAndGoes("<interface type='bridge'>", "<source bridge='" + BRIDGE + "'/>");
    }

    @Test
    void bothAgreeAfterAProcessorAndMemoryWerePluggedIn() throws IOException {
        VmId vm = new VmId(UUID.randomUUID().toString());
        LIBVIRTD.virsh("create " + growing(vm));
        try {
            meet();
            agree(vm, "growing");
            LIBVIRTD.virsh("setvcpus " + domain("growing") + " 2 --live");
            agree(vm, "growing");
            LIBVIRTD.virsh(
                    "attach-device " + domain("growing") + " "
                            + file(
                                    "dimm",
                                    """
                    <memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>
                    """));
            agree(vm, "growing");
            String told = LIBVIRTD.virsh("domstats --vcpu --balloon " + domain("growing"));
            assertTrue(told.contains("vcpu.current=2") && told.contains("balloon.maximum=" + (256 << 10)), told);
        } finally {
            kill("growing");
        }
    }

    /** One that has nothing to boot. */
    private static Path growing(VmId vm) throws IOException {
        return file(
                "growing",
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid>
                <maxMemory slots='1' unit='MiB'>512</maxMemory><memory unit='MiB'>128</memory><vcpu current='1'>2</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><acpi/><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <cpu><numa><cell id='0' cpus='0-1' memory='128' unit='MiB'/></numa></cpu>
                <devices><controller type='usb' model='none'/><memballoon model='virtio'/>
                <interface type='ethernet'><target dev='%s'/><model type='virtio'/><rom enabled='no'/></interface>
                </devices></domain>
                """
                        .formatted(domain("growing"), vm, LIBVIRTD.prefix() + "grow"));
    }

    private static void comesAndGoes(String begin, String source) throws IOException {
        String tap = LIBVIRTD.prefix() + "plug";
        String address = "<mac address='52:54:00:76:67:01'/>";
        Path device = file(
                "plug", begin + address + source + "<target dev='" + tap + "'/><model type='virtio'/></interface>");
        String first = interfaces(plain).get(0).name();
        LIBVIRTD.virsh("attach-device " + domain("plain") + " " + device);
        // It sees the new device, and the next list asks whose it is.
        interfaces(plain);
        hypervisor.catalog().list();

        assertEquals(List.of(first, tap), names(interfaces(plain)));
        agree(plain, "plain");
        LIBVIRTD.virsh("detach-device " + domain("plain") + " " + device);
        awaitEnd(tap);
        assertEquals(List.of(first), names(interfaces(plain)));
        hypervisor.catalog().list();
        assertEquals(List.of(first), names(interfaces(plain)));
        agree(plain, "plain");
    }

    private static void awaitEnd(String device) {
        for (int i = 0; i < 500 && Files.exists(Path.of("/sys/class/net", device)); i++) {
            RealTime.elapse(Duration.ofMillis(20));
        }
    }

    private static void passes(VmId vm, String name, String device) throws IOException {
        GuestTraffic traffic = new GuestTraffic(device);
        InterfaceCounters before = interfaces(vm).get(0);
        traffic.toGuest();
        InterfaceCounters between = interfaces(vm).get(0);
        traffic.toHost();
        InterfaceCounters after = interfaces(vm).get(0);

        isAbout(
                GuestTraffic.BYTES,
                between.received().bytes() - before.received().bytes());
        isAbout(0, between.sent().bytes() - before.sent().bytes());
        isAbout(0, after.received().bytes() - between.received().bytes());
        isAbout(GuestTraffic.BYTES, after.sent().bytes() - between.sent().bytes());
        agree(vm, name);
    }

    private static void isAbout(long least, long bytes) {
        assertTrue(bytes >= least && bytes < least + HEADERS, () -> bytes + " bytes instead of " + least);
    }

    /**
     * What the kernel tells lies between two answers of libvirt.
     *
     * @return whether no packet passed between them, so that the network's counters are exactly the same
     */
    private static boolean agree(VmId vm, String name) {
        VirshNumbers before = VirshNumbers.of(LIBVIRTD, domain(name));
        long cpuBefore = VirshNumbers.cpuNanos(LIBVIRTD, domain(name));
        List<Sample<?>> told = told(vm);
        long cpuAfter = VirshNumbers.cpuNanos(LIBVIRTD, domain(name));
        VirshNumbers after = VirshNumbers.of(LIBVIRTD, domain(name));

        long cpu = one(told, CpuSample.class).usageNanos();
        assertTrue(cpuBefore <= cpu && cpu <= cpuAfter, () -> cpuBefore + ", " + cpu + ", " + cpuAfter);
        agree(before, one(told, NetworkSample.class), after);
        assertEquals(0, one(told, MemorySample.class).hugePageBytes());
        ResidentMemory.agrees(
                LIBVIRTD, domain(name), () -> one(told(vm), MemorySample.class).residentBytes());
        return before.interfaces().equals(after.interfaces());
    }

    private static void agree(VirshNumbers before, NetworkSample told, VirshNumbers after) {
        String all = told + ", but libvirt tells " + before + " and then " + after;
        NetworkSample first = new NetworkSample(told.takenAt(), before.interfaces());
        NetworkSample last = new NetworkSample(told.takenAt(), after.interfaces());
        assertEquals(names(before.interfaces()), names(told.interfaces()));
        assertTrue(told.continues(first) && last.continues(told), all);
    }

    /** Lists and measures all, as the first round of an agent does. */
    private static void meet() {
        hypervisor.catalog().list();
        hypervisor.meter().measureAll(EnumSet.allOf(Metric.class));
    }

    private static List<Sample<?>> told(VmId vm) {
        return hypervisor.meter().measureFromKernel(EnumSet.allOf(Metric.class)).stream()
                .filter(one -> one.vm().equals(vm))
                .findFirst()
                .orElseThrow()
                .samples();
    }

    private static <S extends Sample<S>> S one(List<Sample<?>> told, Class<S> type) {
        return told.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow();
    }

    private static List<InterfaceCounters> interfaces(VmId vm) {
        return one(told(vm), NetworkSample.class).interfaces();
    }

    private static List<String> names(List<InterfaceCounters> interfaces) {
        return interfaces.stream().map(InterfaceCounters::name).toList();
    }

    private static String domain(String name) {
        return LIBVIRTD.prefix() + "-" + name;
    }

    private static Path file(String name, String xml) throws IOException {
        return Files.writeString(LIBVIRTD.dir().resolve("xml/" + name + "-kernel.xml"), xml);
    }

    private static void kill(String name) {
        LIBVIRTD.qemu(domain(name)).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
    }

    private static void ip(String arguments) {
        PrivateLibvirtd.run(new ProcessBuilder(("ip " + arguments).split(" ", -1)))
                .orFail();
    }
}
