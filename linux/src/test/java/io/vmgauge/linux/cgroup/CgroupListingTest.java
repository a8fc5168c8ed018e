package io.vmgauge.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupListingTest {
    @TempDir
    private Path root = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "machine.slice/machine-qemu\\x2d7\\x2dweb\\x2d0.scope, cpu.stat",
        "machine/qemu-7-web-0.libvirt-qemu, cpu.stat",
        "unified/machine/qemu-7-web-0.libvirt-qemu, cpu.stat",
        "cpuacct/machine/qemu-7-web-0.libvirt-qemu, cpuacct.usage",
        "'cpu,cpuacct/machine.slice/machine-qemu\\x2d7\\x2dweb.scope', cpuacct.usage"
    })
    void aDomainsGroupIsFoundByItsId(String group, String file) throws IOException {
        Path path = make(group + "/" + file);
        make("machine/qemu-77-web-0.libvirt-qemu/cpu.stat");

        assertEquals(List.of(new CgroupFile(path)), new CgroupListing(root).of(7));
        assertEquals(List.of(), new CgroupListing(root).of(8));
    }

    /** As nearly every host of version 1 has it: one hierarchy, two names. */
    @Test
    void aHierarchyWithTwoNamesIsListedOnce() throws IOException {
        make("cpu,cpuacct/machine.slice/machine-qemu\\x2d7\\x2dweb.scope/cpuacct.usage");
        Files.createSymbolicLink(root.resolve("cpuacct"), Path.of("cpu,cpuacct"));
        Files.createSymbolicLink(root.resolve("cpu"), Path.of("cpu,cpuacct"));

        List<CgroupFile> found = new CgroupListing(root).of(7);
        assertEquals(1, found.size(), found::toString);
        assertEquals(OptionalLong.of(1), found.get(0).nanos());
    }

    /** As where two hierarchies are one partition's, and where a partition has two names. */
    @Test
    void aPartitionWithTwoNamesIsListedOnce() throws IOException {
        make("cpuacct/machine/qemu-7-web.libvirt-qemu/cpuacct.usage");
        Files.createSymbolicLink(root.resolve("cpuacct/machine.slice"), Path.of("machine"));

        assertEquals(1, new CgroupListing(root).of(7).size());
    }

    /** systemd makes each scope in both versions; libvirt reads version 1 there. */
    @Test
    void ofBothVersionsTheFirstIsTheOneThatLibvirtReads() throws IOException {
        Path read = make("cpuacct/machine.slice/machine-qemu\\x2d7\\x2dweb.scope/cpuacct.usage");
        Path other = make("unified/machine.slice/machine-qemu\\x2d7\\x2dweb.scope/cpu.stat");

        assertEquals(List.of(new CgroupFile(read), new CgroupFile(other)), new CgroupListing(root).of(7));
    }

    @Test
    void thoseOfSeveralDaemonsAreAllFound() throws IOException {
        make("machine/qemu-7-web.libvirt-qemu/cpu.stat");
        make("machine/qemu-7-db.libvirt-qemu/cpu.stat");

        assertEquals(2, new CgroupListing(root).of(7).size());
    }

    @Test
    void whereNoneAreToBeSeenThereAreNone() {
        assertEquals(List.of(), new CgroupListing(root.resolve("nowhere")).of(7));
    }

    @Test
    void bothVersionsTellNanoseconds() {
        assertEquals(
                OptionalLong.of(379_239_000),
                CgroupFile.parse("usage_usec 379239\nuser_usec 300000\nsystem_usec 79239\nnr_per"));
        assertEquals(OptionalLong.of(379_239_412), CgroupFile.parse("379239412\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "usage_usec",
                "usage_usec \n",
                "usage_usec 12",
                "user_usec 12\n",
                "-1\n",
                "usage_usec 9223372036854776\n",
                "99999999999999999999\n"
            })
    void whatIsNoCounterIsNone(String head) {
        assertEquals(OptionalLong.empty(), CgroupFile.parse(head));
    }

    private Path make(String file) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, "1\n");
    }
}
