package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.linux.file.KernelFile;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A real QEMU whose memory is in huge pages, and no balloon, where this host has some to give. */
class QemuHugePagesIT {
    private static final Path RESERVED = Path.of("/proc/sys/vm/nr_hugepages");
    private static final int PAGES = 40;
    private static final long GUEST = 64L << 20;

    private final PrivateLibvirtd libvirtd = PrivateLibvirtd.get();
    private final String name = libvirtd.prefix() + "-huge";
    private final VmId vm = new VmId(UUID.randomUUID().toString());
    private final Path directory = libvirtd.dir().resolve("hugepages");

    /** Told were the 38 MB of the resident set alone, and check said that all of the memory counts. */
    @Test
    void hugePagesCountWithTheResidentSet() throws Exception {
        int before = reserved();
        reserve(before + PAGES);
        try {
            // Elsewhere HugePagesTest has what a kernel said of such a QEMU.
            if (reserved() >= before + PAGES) {
                inNamespace("mkdir -p " + directory + "; mount -t hugetlbfs none " + directory);
                libvirtd.restart();
                start();
                compare();
            }
        } finally {
            libvirtd.qemu(name).ifPresent(pid -> PrivateLibvirtd.signal("KILL", pid));
            inNamespace("umount " + directory + " || true");
            reserve(before);
        }
    }

    private void compare() throws IOException {
        long pid = libvirtd.qemu(name).orElseThrow();
        assertEquals(GUEST, kernelSays(pid, "HugetlbPages"));
        try (Hypervisor hypervisor = RealTime.open(libvirtd.uri())) {
            Measured answer = (Measured) hypervisor.meter().measure(vm, Set.of(Metric.MEMORY));
            MemorySample memory = (MemorySample) answer.samples().get(0);

            compareWithKernel(hypervisor);
            assertEquals(GUEST, memory.hugePageBytes());
            long resident = kernelSays(pid, "VmRSS");
            assertTrue(Math.abs(memory.residentBytes() - resident) < resident / 10, memory::toString);
            assertTrue(
                    hypervisor.check().stream()
                            .map(Finding::what)
                            .anyMatch(
                                    isSeen()
                                            ? "has huge pages: those that its process holds count too"::equals
                                            : what -> what.startsWith(
                                                    "has huge pages, and its process cannot be seen here")),
                    () -> hypervisor.check().toString());
        }
    }

    private void compareWithKernel(Hypervisor hypervisor) {
        hypervisor.catalog().list();
        assertEquals(GUEST, told(hypervisor).hugePageBytes());
        ResidentMemory.agrees(libvirtd, name, () -> told(hypervisor).residentBytes());
    }

    private MemorySample told(Hypervisor hypervisor) {
        return (MemorySample) hypervisor.meter().measureFromKernel(Set.of(Metric.MEMORY)).stream()
                .filter(one -> one.vm().equals(vm))
                .findFirst()
                .orElseThrow()
                .samples()
                .get(0);
    }

    /** Where libvirtd has a cgroup for it, its process is found by that. */
    private boolean isSeen() {
        return PrivateLibvirtd.run(
                                new ProcessBuilder("virsh", "-q", "-c", libvirtd.uri(), "cpu-stats", name, "--total"))
                        .exit()
                == 0;
    }

    private static long kernelSays(long pid, String line) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(each -> each.startsWith(line + ":"))
                .mapToLong(each -> Long.parseLong(each.replaceAll("[^0-9]", "")) * 1024)
                .findFirst()
                .orElseThrow();
    }

    private void start() throws IOException {
        Path xml = libvirtd.dir().resolve("xml/" + name + ".xml");
        Files.writeString(
                xml,
                """
                <domain type='qemu'><name>%s</name><uuid>%s</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu>
                <memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages><allocation mode='immediate'/></memoryBacking>
                <os><type arch='x86_64' machine='pc'>hvm</type></os>
                <features><tcg><tb-cache unit='MiB'>1</tb-cache></tcg></features>
                <devices><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
                """
                        .formatted(name, vm));
        libvirtd.virsh("create " + xml);
    }

    private void inNamespace(String script) {
        PrivateLibvirtd.run(
                        new ProcessBuilder("nsenter", "-t", Long.toString(libvirtd.pid()), "-m", "sh", "-c", script))
                .orFail();
    }

    /** In one go: the kernel says only once what it is, and the JDK reads a byte first. */
    private static int reserved() throws IOException {
        return Integer.parseInt(KernelFile.head(RESERVED.toFile(), 32).strip());
    }

    private static void reserve(int pages) throws IOException {
        Files.writeString(RESERVED, Integer.toString(pages));
    }
}
