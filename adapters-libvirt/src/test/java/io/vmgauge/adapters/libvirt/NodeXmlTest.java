package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes of libvirt's test driver, good ones and bad ones. */
class NodeXmlTest {
    private final Path dir;

    NodeXmlTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void oneBadDefinitionSpoilsNoOther() throws IOException {
        String label = "<g:label key='big'>" + "x".repeat(10_000_000) + "</g:label>";
        String pod = "<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='shop' name='%s'>%s</g:pod>";
        try (Hypervisor hypervisor = node(
                domain("good", pod.formatted("web-0", "")),
                domain("huge", pod.formatted("web-1", label)),
                domain("wrong", pod.formatted("WEB", "")),
                domain("plain", ""))) {
            List<String> pods = hypervisor.catalog().list().stream()
                    .sorted(Comparator.comparing(Vm::name))
                    .map(vm -> vm.name() + "=" + vm.placement().sandbox().namespace() + "/"
                            + vm.placement().sandbox().name())
                    .toList();

            assertEquals(
                    List.of(
                            "good=shop/web-0",
                            "huge=virtual-machines/huge",
                            "plain=virtual-machines/plain",
                            "wrong=virtual-machines/wrong"),
                    pods);
            assertEquals(4, hypervisor.meter().measureAll(Set.of(Metric.CPU)).size());
        }
    }

    /** The last one is called as the first one's pod was called once. */
    @Test
    void vmsWithNamesAndIdsThatAreAlikeAreDifferentPods() throws IOException {
        try (Hypervisor hypervisor = node(
                domain("Web 1", 0x101),
                domain("web:1", 0x102),
                domain("WEB_1", 0x103),
                domain("web-1-00000000", 0x104))) {
            assertEquals(
                    List.of(
                            "virtual-machines/web-1-00000000",
                            "virtual-machines/web-1-00000000000040008000000000000101",
                            "virtual-machines/web-1-00000000000040008000000000000102",
                            "virtual-machines/web-1-00000000000040008000000000000103"),
                    hypervisor.catalog().list().stream()
                            .map(vm -> vm.placement().sandbox())
                            .map(pod -> pod.namespace() + "/" + pod.name())
                            .sorted()
                            .toList());
        }
    }

    private static String domain(String name, int id) {
        return domain(name, "")
                .replace("<metadata>", "<uuid>00000000-0000-4000-8000-%012x</uuid><metadata>".formatted(id));
    }

    /** These are defined, which an appliance never is. */
    @Test
    void noNameHidesAVm() throws IOException {
        try (Hypervisor hypervisor =
                node(domain("guestfs-x", ""), domain("guestfs-0123456789abcdef", ""), domain("vm", ""))) {
            assertEquals(
                    Set.of("guestfs-x", "guestfs-0123456789abcdef", "vm"),
                    hypervisor.catalog().list().stream().map(Vm::name).collect(Collectors.toSet()));
            List<Measurement> round = hypervisor.meter().measureAll(EnumSet.of(Metric.CPU, Metric.NETWORK));
            assertEquals(3, round.size());
        }
    }

    @Test
    void aCheckSaysWhatIsMissingAndHowToGetIt() throws IOException {
        try (Hypervisor hypervisor = node(
                domain("a", ""),
                domain("b", ""),
                domain("c", "<g:pod xmlns:g='urn:vmgauge:pod:1' namespace='X' name='c'/>"))) {
            List<Finding> findings = hypervisor.check();

            assertEquals(Level.PROBLEM, findings.get(0).level());
            assertEquals("c", findings.get(0).subject());
            assertTrue(findings.get(0).remedy().contains("virsh edit c"), findings::toString);
            assertTrue(
                    findings.stream()
                            .anyMatch(f -> f.level() == Level.HINT
                                    && f.subject().equals("a, b, c")
                                    && f.remedy().equals("virsh dommemstat --period 10 --live NAME")),
                    findings::toString);
            Finding last = findings.get(findings.size() - 1);
            assertEquals(Level.GOOD, last.level());
            assertTrue(last.what().matches("libvirt [0-9.]+, TEST [0-9.]+, 3 domains, 3 running"), last::what);
        }
    }

    @Test
    void aNodeThatIsNotThereIsSaidInOneLineThatNamesIt() {
        String uri = "test://" + dir.resolve("missing.xml");
        try (Hypervisor hypervisor = RealTime.open(uri)) {
            String message = String.valueOf(assertThrows(
                            HypervisorException.class,
                            () -> hypervisor.catalog().list())
                    .getMessage());

            assertTrue(message.startsWith("cannot ask libvirt at " + uri + ": "), message);
            assertTrue(message.endsWith("; check hypervisor.libvirt.uri"), message);
        }
    }

    @Test
    void aClosedHypervisorSaysSoAndCanBeClosedAgain() throws IOException {
        Hypervisor hypervisor = node(domain("vm", ""));
        hypervisor.close();
        hypervisor.close();

        assertThrows(HypervisorException.class, () -> hypervisor.catalog().list());
    }

    private Hypervisor node(String... domains) throws IOException {
        Path file = dir.resolve("node.xml");
        Files.writeString(file, "<node><memory>1048576</memory>" + String.join("", domains) + "</node>");
        return RealTime.open("test://" + file);
    }

    private static String domain(String name, String metadata) {
        return """
                <domain type='test'><name>%s</name><metadata>%s</metadata><memory unit='MiB'>64</memory><vcpu>1</vcpu>
                <os><type arch='x86_64'>hvm</type></os><devices>
                <disk type='file' device='disk'><source file='/images/%s'/><target dev='vda'/></disk>
                <interface type='ethernet'><target dev='tap0'/></interface><memballoon model='virtio'/>
                </devices></domain>"""
                .formatted(name, metadata, name);
    }
}
