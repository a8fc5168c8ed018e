package io.vmgauge.domain.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
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
        "My VM_1, my-vm-1-cafe",
        "-x-, x-cafe",
        "'  ', cafe",
        "Ünïcode, n-code-cafe",
        "a..b, a-b-cafe"
    })
    void anyNameBecomesTheNearestValidOne(String name, String expected) {
        assertEquals(expected, DnsName.nearest(name, "cafe"));
        assertTrue(DnsName.isValid(expected));
    }

    @Test
    void aVeryLongNameStaysValid() {
        assertTrue(DnsName.isValid(DnsName.nearest("X".repeat(100_000), "c".repeat(36))));
        assertFalse(DnsName.isValid("x".repeat(254)));
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
        Vm vm = new Vm(new VmId("v"), "v", new Incarnation(1), VmState.RUNNING, placement, disks);
        disks.clear();
        assertEquals(1, vm.disks().size());
    }
}
