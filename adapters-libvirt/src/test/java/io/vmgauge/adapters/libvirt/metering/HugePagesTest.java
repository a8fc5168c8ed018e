package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.DefinitionReaderTest;
import io.vmgauge.adapters.libvirt.domain.MemoryStats;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class HugePagesTest {
    private static final long MIB = 1 << 20;

    /** From {@code /proc/PID/status} of a QEMU with 64 MiB of memory in huge pages, shortened. */
    private static final String STATUS =
            """
            Name:	qemu-system-x86
            Umask:	0022
            State:	S (sleeping)
            Tgid:	11321
            Pid:	11321
            VmRSS:	   36904 kB
            VmSwap:	       0 kB
            HugetlbPages:	   65536 kB
            CoreDumping:	0
            Threads:	5
            """;

    private final Path dir;

    HugePagesTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void areReadFromTheStatusOfAThreadInTheDomainsCgroup() throws IOException {
        Path proc = dir.resolve("proc");
        Files.createDirectories(proc.resolve("11327"));
        Files.writeString(proc.resolve("11327/status"), STATUS);
        Path group = dir.resolve("machine/qemu-1-x.libvirt-qemu");
        Path vcpu = Files.createDirectories(group.resolve("vcpu0"));
        Files.createDirectory(group.resolve("emulator"));
        Files.writeString(vcpu.resolve("cgroup.threads"), "11327\n");
        HugePages pages = new HugePages(new CpuTimeCounters(), proc);

        assertEquals(OptionalLong.of(64 * MIB), pages.bytes(group));
        Files.writeString(vcpu.resolve("cgroup.threads"), "11328\n");
        assertEquals(OptionalLong.empty(), pages.bytes(group));
        assertEquals(OptionalLong.empty(), pages.bytes(dir.resolve("gone")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\nHugetlbPages:",
                "\nHugetlbPages: 1 MB\n",
                "\nHugetlbPages: -1 kB\n",
                "\nVmRSS: 1 kB\n",
                "\nHugetlbPages: 99999999999999999999 kB\n"
            })
    void whatMakesNoSenseIsUnknown(String status) {
        assertEquals(OptionalLong.empty(), HugePages.parse(status));
    }

    /** With a balloon a VM holds what that leaves it, without one all that it was given. */
    @Test
    void whereTheProcessCannotBeSeenAllOfTheMemoryCounts() {
        assertEquals(64 * MIB, hugePages(true, OptionalLong.empty()));
        assertEquals(96 * MIB, hugePages(false, OptionalLong.empty()));
        assertEquals(32 * MIB, hugePages(false, OptionalLong.of(32 * MIB)));
    }

    /** Of a VM of 96 MiB, 64 of them left by its balloon. */
    private static long hugePages(boolean balloon, OptionalLong held) {
        ByteBuffer rss = ByteBuffer.allocate(2 * MemoryStats.SIZE).order(ByteOrder.nativeOrder());
        rss.putInt(0, 7).putLong(8, 36_904).putInt(16, 6).putLong(24, 65_536);
        Definition definition = DefinitionReaderTest.read(
                "<domain><memory unit='KiB'>98304</memory><memoryBacking><hugepages/></memoryBacking></domain>");
        MemorySample sample = new MemoryReading(
                        new Moment(Instant.EPOCH, 0), new MemoryStats(rss.array(), balloon ? 2 : 1))
                .ofHost(definition, held)
                .orElseThrow();
        assertEquals(36_904 << 10, sample.residentBytes());
        return sample.hugePageBytes();
    }
}
