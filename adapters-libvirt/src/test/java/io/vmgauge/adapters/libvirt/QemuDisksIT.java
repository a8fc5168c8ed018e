package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.disk.ImageSizesTest;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What images of real QEMU processes take on the host, against what stat(1) says of the files. */
class QemuDisksIT {
    private static final PrivateLibvirtd LIBVIRTD = PrivateLibvirtd.get();

    private final VmId vm = new VmId(UUID.randomUUID().toString());
    private final String name = LIBVIRTD.prefix() + "-disks-" + vm.value().substring(0, 8);
    private final Hypervisor hypervisor = RealTime.open(LIBVIRTD.uri());
    private final Path images = LIBVIRTD.dir().resolve("images");

    @AfterEach
    void end() {
        hypervisor.close();
        LIBVIRTD.qemu(name).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
    }

    /** Until QEMU has told once what its images take, they are read by what it tells; then by the kernel. */
    private void assertTakes(long... bytes) {
        assertEquals(Arrays.stream(bytes).boxed().toList(), taken());
        assertEquals(Arrays.stream(bytes).boxed().toList(), taken());
    }

    /** Told was the length, 4,295,884,800. */
    @Test
    void aPreallocatedQcow2TakesItsBlocks() throws Exception {
        Path image = qcow2("01", "4G", "-o", "preallocation=metadata");
        start(disk("vda", "qcow2", image));

        assertEquals(4_295_884_800L, Files.size(image));
        assertEquals(860_160, ImageSizesTest.blocks(image));
        assertTakes(860_160);
    }

    /** Told was the length, 314,900,480, of which 290 MB had been given back. */
    @Test
    void aQcow2ThatWasWrittenAndDiscardedTakesItsBlocks() throws Exception {
        Path image = qcow2("discarded", "1G");
        run(
                "qemu-io",
                "-f",
                "qcow2",
                "-d",
                "unmap",
                "-c",
                "write -P 5 0 300M",
                "-c",
                "discard 10M 290M",
                image.toString());
        long blocks = ImageSizesTest.blocks(image);
        assertTrue(blocks < 12_000_000 && Files.size(image) > 300_000_000, blocks + " of " + Files.size(image));
        start(disk("vda", "qcow2", image));

        assertTakes(blocks);
    }

    /** Told was the length, 4,294,967,296, until the guest's first write. */
    @Test
    void aRawFileThatTheGuestHasNotWrittenTakesItsBlocks() throws Exception {
        Path image = raw("08", "4G", 50);
        start(disk("vda", "raw", image));

        assertTakes(52_428_800);
    }

    /** Told was nothing, since libvirt tells the length of such a file. */
    @Test
    void anEmptyRawFileTakesNothing() throws Exception {
        start(disk("vda", "raw", raw("empty", "1G", 0)));

        assertTakes(0);
    }

    /** Told was the new image alone, 196,624, after 210,042,880. */
    @Test
    void aSnapshotTakesWhatLiesBelowItToo() throws Exception {
        Path image = raw("below", "1G", 200);
        start(disk("vda", "raw", image));
        assertTakes(209_715_200);

        LIBVIRTD.virsh("snapshot-create-as %s s1 --disk-only --no-metadata --diskspec vda,file=%s"
                .formatted(name, images.resolve("above")));
        assertTakes(209_715_200 + ImageSizesTest.blocks(images.resolve("above")));
    }

    /** A kubelet saw 10,737,815,552 bytes more of ephemeral storage at once. */
    @Test
    void anImageThatIsPluggedInCountsAtOnceWithItsBlocks() throws Exception {
        Path root = raw("root", "64M", 1);
        Path data = images.resolve("ext4-10G");
        run("truncate", "-s", "10G", data.toString());
        run("mke2fs", "-q", "-F", "-t", "ext4", data.toString());
        long blocks = ImageSizesTest.blocks(data);
        assertTrue(blocks < 200_000_000, blocks + " bytes");
        start(disk("vda", "raw", root));
        assertTakes(1 << 20);

        LIBVIRTD.virsh("attach-disk %s %s sdb --live --subdriver raw".formatted(name, data));
        assertTakes(1 << 20, blocks);
    }

    /** The number was missing until the definition was read again, 14 to 75 seconds. */
    @Test
    void aDiskThatIsPulledOutDoesNotCostTheOthersTheirNumbers() throws Exception {
        start(disk("vda", "raw", raw("stays", "64M", 1)) + disk("sdb", "raw", raw("goes", "64M", 2)));
        hypervisor.catalog().list();
        assertTakes(1 << 20, 2 << 20);

        LIBVIRTD.virsh("detach-disk %s sdb --live".formatted(name));
        assertTakes(1 << 20);
        LIBVIRTD.virsh("attach-disk %s %s sdb --live --subdriver raw".formatted(name, images.resolve("goes")));
        assertTakes(1 << 20, 2 << 20);
    }

    /** Such as Terraform writes; they were no disks at all. */
    @Test
    void aDiskThatIsNamedByPoolAndVolumeIsTheVmsOwn() throws Exception {
        Path image = qcow2("04.qcow2", "1G");
        String pool = name + "-bugs";
        LIBVIRTD.virsh("pool-create-as %s dir - - - - %s".formatted(pool, images));
        try {
            start("<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='" + pool
                    + "' volume='04.qcow2'/><target dev='vda' bus='virtio'/></disk>");
            assertEquals(
                    List.of(image.toString()),
                    listed().disks().stream().map(disk -> disk.path()).toList());
            assertTakes(ImageSizesTest.blocks(image));
            assertTrue(
                    hypervisor.check().stream()
                            .map(Finding::what)
                            .anyMatch(("its disk usage counts vda " + image)::equals),
                    () -> hypervisor.check().toString());
        } finally {
            LIBVIRTD.virsh("pool-destroy " + pool);
        }
        assertTakes(ImageSizesTest.blocks(image));
    }

    /** As for an agent without the rights, or in another mount namespace. */
    @Test
    void aFileThatIsNotVisibleHereTakesWhatQemuTells() throws Exception {
        Path image = qcow2("hidden", "4G", "-o", "preallocation=metadata");
        Path below = raw("hidden-below", "1G", 5);
        Path above = images.resolve("hidden-above");
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", below.toString(), "-F", "raw", above.toString());
        start(disk("vda", "qcow2", image) + disk("vdb", "qcow2", above));
        long aboveBlocks = ImageSizesTest.blocks(above);
        Files.delete(image);
        Files.delete(below);
        Files.delete(above);

        assertTakes(860_160, (5 << 20) + aboveBlocks);
    }

    private List<Long> taken() {
        Measurement answer = hypervisor.meter().measure(vm, Set.of(Metric.DISK));
        Optional<DiskSample> sample = answer instanceof Measured measured
                ? measured.samples().stream().map(DiskSample.class::cast).findFirst()
                : Optional.empty();
        return sample.orElseThrow(() -> new AssertionError("no number: " + answer)).devices().stream()
                .map(DeviceBytes::usedBytes)
                .toList();
    }

    private Vm listed() {
        return hypervisor.catalog().list().stream()
                .filter(one -> one.id().equals(vm))
                .findFirst()
                .orElseThrow();
    }

    private void start(String disks) throws IOException {
        Path xml = LIBVIRTD.dir().resolve("xml/" + name + ".xml");
        Files.writeString(
                xml,
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <devices><controller type='usb' model='none'/><controller type='scsi' model='virtio-scsi'/>%s
                <memballoon model='none'/></devices></domain>
                """
                        .formatted(name, vm, disks));
        LIBVIRTD.virsh("create " + xml);
    }

    private static String disk(String target, String format, Path image) {
        return """
                <disk type='file' device='disk'><driver name='qemu' type='%s' cache='unsafe' discard='unmap'/>
                <source file='%s'/><target dev='%s' bus='%s'/></disk>
                """
                .formatted(format, image, target, target.startsWith("sd") ? "scsi" : "virtio");
    }

    private Path qcow2(String file, String size, String... options) throws Exception {
        Path image = images.resolve(file);
        List<String> command = new ArrayList<>(List.of("qemu-img", "create", "-q", "-f", "qcow2"));
        command.addAll(List.of(options));
        command.addAll(List.of(image.toString(), size));
        run(command.toArray(String[]::new));
        return image;
    }

    private Path raw(String file, String size, int mebibytes) throws Exception {
        Path image = images.resolve(file);
        Files.deleteIfExists(image);
        run("truncate", "-s", size, image.toString());
        run("dd", "if=/dev/urandom", "of=" + image, "bs=1M", "count=" + mebibytes, "conv=notrunc,fsync", "status=none");
        return image;
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0, () -> String.join(" ", command));
    }
}
