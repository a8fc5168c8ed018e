package io.vmgauge.domain.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
    private static final UUID OWN = UUID.fromString("00000000-0000-4000-8000-000000000101");
    private static final String ID = "00000000000040008000000000000101";
    private static final String OTHER = "00000000000040008000000000000102";

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\nb", "a\u0000", "é", "\u001b[31m"})
    void idsThatCouldForgeALineAreRefused(String id) {
        assertThrows(IllegalArgumentException.class, () -> new VmId(id));
        assertThrows(IllegalArgumentException.class, () -> new ContainerId(id));
        assertThrows(IllegalArgumentException.class, () -> new PodSandboxId(id));
    }

    @Test
    void anEndlessIdIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new VmId("x".repeat(254)));
        assertEquals(253, new VmId("x".repeat(253)).value().length());
    }

    @ParameterizedTest
    @CsvSource({
        "web-0, web-0",
        "a.b, a.b",
        "web-1-deadbeef, web-1-deadbeef",
        "My VM_1, my-vm-1-" + ID,
        "-x-, x-" + ID,
        "'  ', " + ID,
        "Ünïcode, n-code-" + ID,
        "a..b, a-b-" + ID
    })
    void anyNameBecomesTheNearestValidOne(String name, String expected) {
        assertEquals(expected, DnsName.nearest(name, OWN));
        assertTrue(DnsName.isValid(expected));
    }

    @Test
    void aVeryLongNameStaysValid() {
        assertTrue(DnsName.isValid(DnsName.nearest("X".repeat(100_000), OWN)));
        assertFalse(DnsName.isValid("x".repeat(254)));
    }

    @Test
    void differentVmsAreNeverCalledTheSame() {
        String endless = "x".repeat(300);
        List<String> names = List.of(
                "Web 1",
                "web:1",
                "WEB_1",
                "web 1",
                "web-1",
                " ",
                "!",
                endless,
                endless + "a",
                "web-1-" + ID,
                ID,
                "web-1-" + OTHER,
                OTHER,
                "a." + OTHER,
                "web-1-00000000");
        List<UUID> ids = IntStream.range(0, names.size())
                .mapToObj(i -> new UUID(OWN.getMostSignificantBits(), OWN.getLeastSignificantBits() + i))
                .toList();

        // Whoever is called how: each name with each id.
        for (int shift = 0; shift < names.size(); shift++) {
            Set<String> pods = new HashSet<>();
            for (int i = 0; i < names.size(); i++) {
                String pod = DnsName.nearest(names.get(i), ids.get((i + shift) % ids.size()));
                assertTrue(DnsName.isValid(pod), pod);
                assertTrue(pods.add(pod), () -> "two VMs are called " + pod);
            }
        }
    }

    @Test
    void whoIsCalledAsItsOwnIdIsCalledSo() {
        assertEquals(OWN.toString(), DnsName.nearest(OWN.toString(), OWN));
        assertEquals("web-1-" + ID, DnsName.nearest("web-1-" + ID, OWN));
        assertEquals("web-1-" + OTHER + "-" + ID, DnsName.nearest("web-1-" + OTHER, OWN));
    }

    @Test
    void aTenantCannotForgeTheKubeletsLabels() {
        Map<String, String> forged = Map.of(
                "io.kubernetes.pod.name", "other",
                "io.kubernetes.pod.namespace", "kube-system",
                "io.kubernetes.pod.uid", "0",
                "io.kubernetes.container.name", "other",
                "app", "web");
        PodSandbox pod = new PodSandbox(new PodSandboxId("s"), "shop", "web-0", "u-1", 0, forged, Map.of());
        assertEquals(
                Map.of(
                        "io.kubernetes.pod.name", "web-0",
                        "io.kubernetes.pod.namespace", "shop",
                        "io.kubernetes.pod.uid", "u-1",
                        "app", "web"),
                pod.labels());
        assertNull(pod.labels().get("io.kubernetes.container.name"));
        Placement placement = new Placement(pod, new ContainerId("c"), "vm", 0, "image");
        assertEquals("vm", placement.labels().get("io.kubernetes.container.name"));
        assertEquals("web", placement.labels().get("app"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "UPPER", "a_b", "../etc", "a b", "-a"})
    void namesThatKubernetesWouldRefuseAreRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> pod(name, "p"));
        assertThrows(IllegalArgumentException.class, () -> pod("n", name));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Placement(pod("n", "p"), new ContainerId("c"), name, 0, "image"));
    }

    private static PodSandbox pod(String namespace, String name) {
        return new PodSandbox(new PodSandboxId("s"), namespace, name, "u", 0, Map.of(), Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "relative/disk.img", "nbd://host/disk", "/nul\u0000byte"})
    void aDiskImageHasAnAbsolutePath(String path) {
        assertThrows(IllegalArgumentException.class, () -> new DiskImage(path, "raw"));
        assertThrows(IllegalArgumentException.class, () -> new DiskImage("/" + "x".repeat(4095), "raw"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-a", "QCOW2", "raw,cache=none", "r\u00e4w", "raw raw"})
    void theFormatOfADiskImageCannotBeTakenForSomethingElse(String format) {
        assertThrows(IllegalArgumentException.class, () -> new DiskImage("/disk", format));
        assertEquals("vhd-x", new DiskImage("/a \"b\",\nc:d", "vhd-x").format());
    }

    @Test
    void theDisksOfAVmDoNotChangeBehindIt() {
        List<DiskImage> disks = new ArrayList<>(List.of(new DiskImage("/disk", "raw")));
        PodSandbox pod = new PodSandbox(new PodSandboxId("s"), "shop", "web-0", "u-1", 0, Map.of(), Map.of());
        Placement placement = new Placement(pod, new ContainerId("c"), "vm", 0, "image");
        Vm vm = new Vm(new VmId("v"), "v", new Incarnation(1), Optional.empty(), VmState.RUNNING, placement, disks);
        disks.clear();
        assertEquals(1, vm.disks().size());
    }
}
