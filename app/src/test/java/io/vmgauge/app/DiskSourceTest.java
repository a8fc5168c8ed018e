package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.config.Configuration;
import io.vmgauge.engine.disk.DiskSource;
import io.vmgauge.ports.spi.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which source is chosen and why, on a virt-df of our own. */
class DiskSourceTest {
    private static final String WORKS = "echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%";
    private static final String BROKEN = "echo 'libguestfs: error: no kernel' >&2; exit 1";

    @TempDir
    private Path dir = Path.of("");

    @Test
    void autoIsVirtDfWhereItWorks() throws Exception {
        try (DiskSource source = open("auto", WORKS, Map.of())) {
            assertTrue(source.needsTrial());
            DiskSource.Choice choice = source.choose();
            assertTrue(choice.filesystems().isPresent());
            assertEquals("virt-df, since it works here", choice.summary());
            assertEquals(
                    "can read disk images here, by emulation (TCG)",
                    choice.findings().get(1).what());
        }
    }

    @Test
    void autoIsBlockWhereVirtDfIsBroken() throws Exception {
        assertBlock(
                "block, since virt-df: cannot read disk images here: virt-df ended with 1: libguestfs: error: no kernel",
                BROKEN,
                Map.of());
    }

    @Test
    void autoIsBlockWhereThereIsNoVirtDf() throws Exception {
        String absent = dir.resolve("absent").toString();
        assertBlock(
                "block, since virt-df: there is no program " + absent,
                WORKS,
                Map.of("filesystems.virt-df.command", absent));
    }

    /** What virt-df counts is no space on the node, and a kubelet would evict a pod for it. */
    @Test
    void autoIsBlockBeforeAKubelet() throws Exception {
        assertBlock(
                "block, since a kubelet takes what is served for space on the node, and evicts by it",
                WORKS,
                Map.of("endpoint.cri.upstream", "unix:///run/containerd/containerd.sock"));
        assertFalse(Files.exists(dir.resolve("runs")), "it was tried all the same");
    }

    @Test
    void virtDfThatIsWantedIsTakenUntriedAndBeforeAKubeletToo() throws Exception {
        for (String upstream : new String[] {"", "unix:///run/containerd/containerd.sock"}) {
            try (DiskSource source = open("virt-df", BROKEN, Map.of("endpoint.cri.upstream", upstream))) {
                assertFalse(source.needsTrial());
                DiskSource.Choice choice = source.choose();
                assertTrue(choice.filesystems().isPresent());
                assertEquals("virt-df, as configured", choice.summary());
            }
        }
    }

    @Test
    void blockIsBlockAndAnythingElseIsRefused() throws Exception {
        try (DiskSource source = open("block", WORKS, Map.of())) {
            assertEquals("block, as configured", source.choose().summary());
        }
        SettingsException refusal = assertThrows(SettingsException.class, () -> open("df", WORKS, Map.of()));
        assertEquals("disk.source = df must be one of auto, block, virt-df", refusal.getMessage());
    }

    private void assertBlock(String summary, String body, Map<String, String> settings) throws IOException {
        try (DiskSource source = open("auto", body, settings)) {
            DiskSource.Choice choice = source.choose();
            assertTrue(choice.filesystems().isEmpty());
            assertEquals(summary, choice.summary());
        }
    }

    private DiskSource open(String wanted, String body, Map<String, String> settings) throws IOException {
        Path program = Files.writeString(dir.resolve("virt-df"), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Map<String, String> all = new HashMap<>(Map.of(
                "disk.source",
                wanted,
                "filesystems.virt-df.command",
                program.toString(),
                "filesystems.virt-df.accelerator",
                "tcg",
                "filesystems.virt-df.memory-floor-mib",
                "0",
                "filesystems.virt-df.temp-directory",
                dir.resolve("runs").toString(),
                "filesystems.virt-df.cache-directory",
                dir.resolve("cache").toString()));
        all.putAll(settings);
        return new Adapters(Configuration.read(Optional.empty(), all)).openDiskSource(new SystemTime());
    }
}
