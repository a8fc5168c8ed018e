package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
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

    /** Two domains claim one container id, so that an agent that starts measures neither. */
    @Test
    void whoIsLeftOutIsAProblemAndIsNotCounted() throws Exception {
        Path node = dir.resolve("node.xml");
        Files.writeString(
                node,
                "<node>" + domain(1, "one", "id='0'") + domain(2, "two", "id='0'") + domain(3, "three", "")
                        + "</node>");

        Shipped.Result said =
                Shipped.run("check", "-D", "hypervisor.libvirt.uri=test://" + node, "-D", "disk.source=block");

        assertEquals(1, said.exit(), said.toString());
        List<String> lines = said.out().lines().toList();
        assertTrue(lines.contains("ok      VMs: 1 to measure of 3"), said.out());
        assertTrue(lines.stream().anyMatch(line -> line.contains("3 domains, 3 running")), said.out());
        assertTrue(
                lines.contains("problem shop/one: VM " + uuid(1) + " is left out: it claims container id 0, as does VM "
                        + uuid(2) + ", and neither held it first"),
                said.out());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("problem shop/two: VM ")), said.out());
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("ok      shop/three: running")), said.out());
    }

    private static String domain(int number, String name, String attributes) {
        return """
                <domain type='test'><name>%2$s</name><uuid>%1$s</uuid>
                <metadata><p:pod xmlns:p='urn:vmgauge:pod:1' namespace='shop' name='%2$s'><p:container %3$s/></p:pod></metadata>
                <memory>8192</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>
                """
                .formatted(uuid(number), name, attributes);
    }

    private static String uuid(int number) {
        return "00000000-0000-4000-8000-%012x".formatted(number);
    }
}
