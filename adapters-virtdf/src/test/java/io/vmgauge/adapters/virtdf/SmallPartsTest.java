package io.vmgauge.adapters.virtdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.virtdf.VirtDfSettings.Accelerator;
import io.vmgauge.adapters.virtdf.VirtDfSettings.Backend;
import io.vmgauge.adapters.virtdf.VirtDfSettings.IoClass;
import io.vmgauge.adapters.virtdf.run.PathOwnership;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.adapters.virtdf.run.Workspace;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.spi.SettingsException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmallPartsTest {
    @TempDir
    private Path dir = Path.of("");

    @Test
    void theDefaultsAreGentle() {
        assertEquals(
                new VirtDfSettings(
                        "virt-df",
                        Duration.ofMinutes(2),
                        1,
                        19,
                        IoClass.IDLE,
                        Backend.DIRECT,
                        Accelerator.AUTO,
                        1L << 30,
                        Path.of("/var/tmp/vmgauge-virt-df/cache"),
                        Path.of("/var/tmp/vmgauge-virt-df/runs")),
                settings());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "command = \"\"",
                "time-limit = 500ms",
                "time-limit = 2h",
                "concurrency = 0",
                "nice = 20",
                "memory-floor-mib = -1",
                "cache-directory = relative",
                "temp-directory = /var/tmp/a-directory-in-which-no-socket-would-have-room",
                "temp-directory = \"\""
            })
    void nonsenseIsRefused(String line) {
        assertThrows(SettingsException.class, () -> settings(line));
    }

    @Test
    void eachImageGoesWithItsFormat() {
        List<DiskImage> disks = List.of(new DiskImage("/a b,\n\"c\"", "qcow2"), new DiskImage("/-a", "raw"));
        List<String> command = new Commands(settings("nice = 0", "io-class = normal"), Map.of()).read(disks);
        assertEquals(
                List.of("virt-df", "--csv", "--format=qcow2", "-a", "/a b,\n\"c\"", "--format=raw", "-a", "/-a"),
                command.subList(command.indexOf("virt-df"), command.size()));
    }

    @Test
    void libvirtsBackendAndKvmAreSaidToLibguestfs() {
        var environment = new Commands(settings("backend = libvirt"), Map.of()).environment(dir, Accelerator.KVM);
        assertEquals("libvirt", environment.get("LIBGUESTFS_BACKEND"));
        assertEquals("force_kvm", environment.get("LIBGUESTFS_BACKEND_SETTINGS"));
    }

    /** Otherwise a trial of KVM might run by emulation unnoticed. */
    @Test
    void whatOurEnvironmentForcesOnLibguestfsGivesWayToWhatIsConfiguredAndTheRestStays() {
        Commands commands = new Commands(
                settings(), Map.of("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg:internal_libvirt_label=x:force_kvm"));
        for (Accelerator accelerator : List.of(Accelerator.KVM, Accelerator.TCG)) {
            assertEquals(
                    "internal_libvirt_label=x:force_" + accelerator.name().toLowerCase(Locale.ROOT),
                    commands.environment(dir, accelerator).get("LIBGUESTFS_BACKEND_SETTINGS"));
        }
    }

    /** A unix socket's path has 107 bytes, and the sockets of a user who is not root lie in the run's directory. */
    @Test
    void socketsFitBelowAnyTempDirectoryThatIsAccepted() throws Exception {
        Path longest =
                Path.of(dir.toString() + "/" + "d".repeat(48 - dir.toString().length() - 1));
        assertThrows(SettingsException.class, () -> settings("temp-directory = \"" + longest + "d\""));
        try (Workspace workspace = new Workspace(
                settings("temp-directory = \"" + longest + "\"").temp(), false, PathOwnership.ofThisUser())) {
            Path socket = workspace.newRun().resolve("libguestfsAbCdEf/guestfsd.sock");
            assertTrue(socket.toString().length() <= 107 - "000000000".length(), socket.toString());
        }
    }

    @Test
    void theSizeOfARawDiskIsThatOfItsFileAndOfAQcow2WhatItsHeaderSays() throws Exception {
        assertEquals(OptionalLong.of(7), ImageHeader.of(image("raw", new byte[7])));
        assertEquals(OptionalLong.of(123456789), ImageHeader.of(image("qcow2", qcow(0x514649fb, 123456789))));
        assertEquals(OptionalLong.empty(), ImageHeader.of(image("qcow2", qcow(0x514649fc, 123456789))));
        assertEquals(OptionalLong.empty(), ImageHeader.of(image("qcow2", qcow(0x514649fb, -1))));
        assertEquals(OptionalLong.empty(), ImageHeader.of(image("vmdk", new byte[512])));
    }

    @Test
    void whatIsNoFileIsNotOpened() throws Exception {
        Path pipe = dir.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        for (Path path : List.of(pipe, dir, dir.resolve("absent"))) {
            assertThrows(ReadingFailed.class, () -> ImageHeader.of(new DiskImage(path.toString(), "qcow2")));
        }
        DiskImage cut = image("qcow2", new byte[3]);
        assertThrows(ReadingFailed.class, () -> ImageHeader.of(cut));
    }

    /**
     * An earlier message said of an image below /home that it does not exist, which sent people to look for a lost
     * file.
     */
    @Test
    void anImageThatCannotBeSeenIsNotSaidToBeLost() {
        Path absent = dir.resolve("absent");
        assertEquals(absent + " does not exist", refusal(absent));
        assertEquals(dir + " is no file", refusal(dir));
        for (String hidden : List.of("/home/nobody-at-all/disk.img", "/run/user/4242424/disk.img")) {
            assertEquals(
                    hidden + " is not visible to this agent: either it does not exist, or ProtectHome=yes in"
                            + " vmgauge.service hides it (set ProtectHome=read-only there)",
                    refusal(Path.of(hidden)));
        }
        // Stands for a closed directory: no directory is closed to root.
        Path below = Path.of("/etc/passwd/disk.img");
        assertEquals(
                below + " is not visible to this agent: its user may not pass through the directories above",
                refusal(below));
    }

    private static String refusal(Path image) {
        return assertThrows(ReadingFailed.class, () -> ImageHeader.of(new DiskImage(image.toString(), "raw")))
                .reason();
    }

    @Test
    void memoryIsWhatTheKernelSaysIsAvailable() throws IOException {
        Path file = dir.resolve("meminfo");
        Files.writeString(file, "MemTotal:       100 kB\nMemFree:        10 kB\nMemAvailable:   77 kB\n");
        assertEquals(77 * 1024, new HostMemory(file).available());
        Files.writeString(file, "MemTotal:       100 kB\n");
        assertEquals(Long.MAX_VALUE, new HostMemory(file).available());
        assertTrue(HostMemory.ofThisHost().available() < Long.MAX_VALUE);
    }

    private DiskImage image(String format, byte[] content) throws IOException {
        return new DiskImage(Files.write(dir.resolve("image"), content).toString(), format);
    }

    private static byte[] qcow(int magic, long size) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream header = new DataOutputStream(bytes)) {
            header.writeInt(magic);
            header.write(new byte[20]);
            header.writeLong(size);
        }
        return bytes.toByteArray();
    }

    private static VirtDfSettings settings(String... overrides) {
        return VirtDfSettings.of(ConfigSettings.with(List.of(overrides)));
    }
}
