package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code vmgauge check} says of the disk source that it would take by itself, on a virt-df of our own. */
class CheckIT {
    @TempDir
    private Path dir = Path.of("");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use% | ok      disk source: virt-df, since it works here",
                "echo 'libguestfs: error: no kernel' >&2; exit 1 | ok      disk source: block, since virt-df: cannot read disk images here: virt-df ended with 1: libguestfs: error: no kernel",
                " | ok      disk source: block, since virt-df: there is no program "
            })
    void whichSourceAutoIsAndWhy(@Nullable String body, String expected) throws Exception {
        Path program = dir.resolve("virt-df");
        if (body != null) {
            Files.writeString(program, "#!/bin/sh\n" + body + "\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Shipped.Result said = Shipped.run(
                "check",
                "-D",
                "hypervisor.libvirt.uri=test:///default",
                "-D",
                "disk.source=auto",
                "-D",
                "filesystems.virt-df.command=" + program,
                "-D",
                "filesystems.virt-df.accelerator=tcg",
                "-D",
                "filesystems.virt-df.temp-directory=" + dir.resolve("runs"),
                "-D",
                "filesystems.virt-df.cache-directory=" + dir.resolve("cache"));
        assertEquals(0, said.exit(), said.toString());
        assertTrue(said.out().lines().anyMatch(line -> line.startsWith(expected)), said.out());
    }
}
