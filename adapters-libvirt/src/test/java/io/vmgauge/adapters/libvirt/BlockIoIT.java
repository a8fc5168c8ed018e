package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The block I/O of a real guest, booted by a real QEMU, against what it was told to write and what virsh says. */
public class BlockIoIT {
    private static final PrivateLibvirtd LIBVIRTD = PrivateLibvirtd.get();
    private static final String NAME = LIBVIRTD.prefix() + "-filler";
    private static final long WRITTEN = 50L << 20;
    private static final Duration STEP = Duration.ofMillis(200);
    private static final int STEPS = 600;
    private static final List<String> COUNTERS = List.of(
            "rd_bytes",
            "rd_req",
            "rd_total_times",
            "wr_bytes",
            "wr_req",
            "wr_total_times",
            "flush_operations",
            "flush_total_times");

    private static VmId filler;
    private static Hypervisor hypervisor;

    /** Its first disk is a chain of two images. */
    @BeforeAll
    static void boot() throws IOException {
        Path images = Files.createDirectories(LIBVIRTD.dir().resolve("images"));
        Path below = sparse(images.resolve("below.raw"), 8);
        Path top = images.resolve("top.qcow2");
        PrivateLibvirtd.run(new ProcessBuilder(
                        "qemu-img", "create", "-q", "-f", "qcow2", "-b", below.toString(), "-F", "raw", top.toString()))
                .orFail();
        Path second = sparse(images.resolve("second.raw"), 64);
        filler = new VmId(LIBVIRTD.guest(
                "filler", "--disk-file", top.toString(), "--disk-file", second.toString(), "--fill", "50"));
        hypervisor = RealTime.open(LIBVIRTD.uri());
    }

    private static Path sparse(Path file, long mebibytes) throws IOException {
        try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
            image.setLength(mebibytes << 20);
        }
        return file;
    }

    @AfterAll
    static void end() {
        hypervisor.close();
        PrivateLibvirtd.signal("KILL", LIBVIRTD.qemu(NAME).orElseThrow());
    }

    @Test
    void fiftyMebibytesThatTheGuestWritesAreFiftyMebibytesOfThatDeviceAndAllElseIsAsVirshTellsIt() {
        awaitIdle();
        List<DeviceIo> before = devices(Set.of(Metric.BLOCK_IO));
        assertEquals(List.of(virsh("vda"), virsh("vdb")), before);

        unplugItsNetwork();
        awaitFilled();
        awaitIdle();
        List<DeviceIo> after = devices(Set.of(Metric.BLOCK_IO));

        assertEquals(List.of(virsh("vda"), virsh("vdb")), after);
        assertEquals(before.get(0), after.get(0), "the disk to which nothing was written");
        long grown = bytes(after.get(1)) - bytes(before.get(1));
        assertTrue(Math.abs(grown - WRITTEN) <= WRITTEN / 100, () -> grown + " bytes of " + after.get(1));
        assertTrue(after.get(1).written().nanos().orElseThrow()
                > before.get(1).written().nanos().orElseThrow());
        assertTrue(after.get(1).written().operations().orElseThrow()
                > before.get(1).written().operations().orElseThrow());
    }

    /** The record has all images then. The sizes are QEMU's, as nothing has been compared with the files yet. */
    @Test
    void imagesBelowOthersAreNoDevicesWhenSizesAreAskedForToo() {
        awaitIdle();
        Measured both = assertInstanceOf(
                Measured.class, hypervisor.meter().measure(filler, Set.of(Metric.DISK, Metric.BLOCK_IO)));

        assertEquals(2, both.samples().size());
        assertInstanceOf(DiskSample.class, both.samples().get(0));
        BlockIoSample io = assertInstanceOf(BlockIoSample.class, both.samples().get(1));
        assertEquals(devices(Set.of(Metric.BLOCK_IO)), io.devices());
    }

    /** One that boots nothing. */
    @Test
    void sharedAndReadOnlyDisksAndDrivesCountToo() throws IOException {
        String name = LIBVIRTD.prefix() + "-drives";
        Path medium = sparse(LIBVIRTD.dir().resolve("images/medium.iso"), 2);
        Path shared = sparse(LIBVIRTD.dir().resolve("images/shared.raw"), 2);
        VmId vm = create(
                name,
                """
                <disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>
                <disk type='file' device='cdrom'><source file='%s'/><target dev='hdb' bus='ide'/><readonly/></disk>
                <disk type='file' device='disk'><source file='%s'/><target dev='vda' bus='virtio'/><shareable/></disk>
                """
                        .formatted(medium, shared));
        try {
            RealTime.elapse(Duration.ofSeconds(2));
            List<DeviceIo> told = devices(vm, Set.of(Metric.BLOCK_IO));
            assertEquals(
                    List.of("hda", "hdb", "vda"),
                    told.stream().map(DeviceIo::device).toList());
            assertEquals(
                    new DeviceIo(
                            "hda",
                            new IoCounters(0, 0, 0),
                            new IoCounters(0, 0, 0),
                            OptionalLong.of(0),
                            OptionalLong.of(0)),
                    told.get(0));
        } finally {
            LIBVIRTD.virsh("destroy " + name);
        }
    }

    private static VmId create(String name, String disks) throws IOException {
        Path xml = Files.writeString(
                LIBVIRTD.dir().resolve("xml/" + name + ".xml"),
                """
                <domain type='qemu'><name>%s</name><memory unit='MiB'>8</memory><vcpu>1</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <devices><controller type='usb' model='none'/>%s</devices></domain>
                """
                        .formatted(name, disks));
        LIBVIRTD.virsh("create " + xml);
        return new VmId(LIBVIRTD.virsh("domuuid " + name).strip());
    }

    private static long bytes(DeviceIo device) {
        return device.written().bytes().orElseThrow();
    }

    private static List<DeviceIo> devices(Set<Metric> metrics) {
        return devices(filler, metrics);
    }

    private static List<DeviceIo> devices(VmId vm, Set<Metric> metrics) {
        Measured answer = assertInstanceOf(Measured.class, hypervisor.meter().measure(vm, metrics));
        return assertInstanceOf(BlockIoSample.class, answer.samples().get(0)).devices();
    }

    private static DeviceIo virsh(String device) {
        Map<String, Long> told = LIBVIRTD.virsh("domblkstat " + NAME + " " + device)
                .lines()
                .map(line -> line.strip().split(" ", -1))
                .filter(words -> words.length == 3)
                .collect(Collectors.toMap(words -> words[1], words -> Long.valueOf(words[2])));
        long[] all = COUNTERS.stream()
                .mapToLong(counter -> told.getOrDefault(counter, -1L))
                .toArray();
        return new DeviceIo(
                device,
                new IoCounters(all[0], all[1], all[2]),
                new IoCounters(all[3], all[4], all[5]),
                OptionalLong.of(all[6]),
                OptionalLong.of(all[7]));
    }

    private static void unplugItsNetwork() {
        String tap = Arrays.stream(LIBVIRTD.virsh("domiflist " + NAME).strip().split("\\s+", -1))
                .findFirst()
                .orElseThrow();
        LIBVIRTD.virsh("domif-setlink %s %s down".formatted(NAME, tap));
    }

    private static void awaitFilled() {
        Path console = LIBVIRTD.dir().resolve("log/filler.console");
        for (int i = 0; i < STEPS; i++) {
            try {
                if (Files.readString(console, StandardCharsets.ISO_8859_1).contains("FILLED")) {
                    return;
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            RealTime.elapse(STEP);
        }
        throw new AssertionError("nothing was filled: see " + console);
    }

    /** What the guest has begun to write back is written. */
    private static void awaitIdle() {
        List<DeviceIo> last = List.of(virsh("vda"), virsh("vdb"));
        for (int i = 0; i < STEPS; i++) {
            RealTime.elapse(STEP);
            List<DeviceIo> now = List.of(virsh("vda"), virsh("vdb"));
            if (now.equals(last)) {
                return;
            }
            last = now;
        }
        throw new AssertionError("never idle: " + last);
    }
}
