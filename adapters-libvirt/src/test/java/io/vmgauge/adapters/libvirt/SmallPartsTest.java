package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.SettingsException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmallPartsTest {
    @ParameterizedTest
    @CsvSource({
        "0,RUNNING",
        "1,RUNNING",
        "2,RUNNING",
        "3,PAUSED",
        "4,RUNNING",
        "5,STOPPED",
        "6,STOPPED",
        "7,PAUSED",
        "99,RUNNING"
    })
    void everyStateOfLibvirtMeansSomething(int state, VmState meaning) {
        assertEquals(meaning, DomainState.of(state, 0, 1));
        assertEquals(VmState.STOPPED, DomainState.of(state, 0, -1));
    }

    /** The reasons are those of virDomainPausedReason; of other states the same numbers mean something else. */
    @ParameterizedTest
    @CsvSource({
        "3, 1,  PAUSED", "3, 2,  STARTING", "3, 3,  PAUSED", "3, 5,  PAUSED", "3, 9,  PAUSED", "3, 10, PAUSED",
        "3, 11, STARTING", "3, 12, PAUSED", "3, 13, PAUSED", "3, 99, PAUSED", "1, 2,  RUNNING", "1, 11, RUNNING",
        "5, 2,  STOPPED", "7, 2,  PAUSED"
    })
    void aDomainThatIsPausedBecauseItDoesNotRunYetIsStarting(int state, int reason, VmState meaning) {
        assertEquals(meaning, DomainState.of(state, reason, 1));
        assertEquals(VmState.STOPPED, DomainState.of(state, reason, -1));
    }

    @ParameterizedTest
    @CsvSource({
        "qemu:///system, true",
        "qemu:///session, true",
        "qemu+unix:///system?socket=/run/x, true",
        "qemu+ssh://root@other/system, false",
        "qemu+tcp://127.0.0.1/system, false",
        "test:///default, false",
        "xen:///system, false"
    })
    void onlyQemuOnThisHostHasProcessesHere(String uri, boolean isLocal) {
        assertEquals(
                isLocal,
                ConfigSettings.parsed("uri = \"" + uri + "\"").connection().isLocal());
    }

    @Test
    void volumesLieBelowTheirDirectoriesHoweverThePathIsWritten() {
        VolumeDirectories volumes = ConfigSettings.parsed().volumes();

        assertTrue(below(volumes, "/var/lib/kubelet/pods/u1/volumes/kubernetes.io~empty-dir/x/disk.img"));
        assertTrue(below(volumes, "//var/lib/./kubelet/images/../pods/u1/volumes/x/disk.img"));
        assertTrue(below(volumes, "/var/lib/kubelet/plugins/csi/disk.img"));
        assertFalse(below(volumes, "/var/lib/kubelet/pods/u1/volumes"));
        assertFalse(below(volumes, "/var/lib/kubelet/pods/u1/u2/volumes/x"));
        assertFalse(below(volumes, "/var/lib/kubelet/pods/u1/volumes/../disk.img"));
        assertFalse(below(volumes, "/images/var/lib/kubelet/pods/u1/volumes/x"));
        assertFalse(below(volumes, "/var/lib/kubelet/pluginsX/disk.img"));
        assertFalse(below(volumes, "/"));
    }

    /** There the runtime has counted them already, and the relay adds the VM's own to what the runtime says. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/run/containerd/io.containerd.runtime.v2.task/k8s.io/0123/rootfs/disk.img",
                "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/disk.img",
                "/var/lib/containers/storage/overlay/0123/merged/disk.img",
                "/run/containers/storage/overlay-containers/0123/disk.img"
            })
    void imagesInAContainersOwnLayerAreNotCountedAgain(String image) {
        assertTrue(below(ConfigSettings.parsed().volumes(), image));
    }

    /** Wherever a kubelet or a runtime has its own directory. */
    @ParameterizedTest
    @CsvSource({
        "/var/lib/k0s/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volumes/kubernetes.io~csi/pvc-1/mount/disk.img, in a pod's volume",
        "/var/snap/microk8s/common/var/lib/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volumes/kubernetes.io~csi/pvc-2/mount/disk.img, in a pod's volume",
        "/var/lib/rancher/k3s/agent/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volume-subpaths/pvc/vm/0/disk.img, in a pod's volume",
        "/opt/rke/var/lib/kubelet/pods/0123456789abcdef0123456789abcdef/volumeDevices/kubernetes.io~csi/pvc, in a pod's volume",
        "/var/lib/k0s/kubelet/plugins/kubernetes.io/csi/driver/0123/globalmount/disk.img, in a kubelet's volume",
        "/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs/disk.img, in a container's layer",
        "/run/k0s/containerd/io.containerd.runtime.v2.task/k8s.io/0123/rootfs/disk.img, in a container's layer",
        "/var/lib/docker/overlay2/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/merged/disk.img, in a container's layer",
        "/var/lib/kubelet/pods/u1/volumes/x, below /var/lib/kubelet/pods/*/volumes"
    })
    void volumesAndLayersOfAllKubeletsAndRuntimesAreKnownByTheirLayout(String image, String reason) {
        assertEquals(reason, ConfigSettings.parsed().volumes().reason(image).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/var/lib/libvirt/images/pods/web/volumes/disk.img",
                "/srv/pods/3f0c1e52-0000-4000-8000-000000000001/images/disk.img",
                "/srv/plugins/kubernetes.io.img",
                "/srv/overlay/disk.img",
                "/srv/io.containerd.img"
            })
    void whatIsOnlyCalledAlikeIsAVmsOwn(String image) {
        assertEquals(Optional.empty(), ConfigSettings.parsed().volumes().reason(image));
    }

    private static boolean below(VolumeDirectories volumes, String file) {
        return volumes.reason(file).isPresent();
    }

    @Test
    void noTextOfATenantCanSteerATerminal() {
        assertEquals("a?[31mb c?", SafeText.line("a\u001b[31mb\nc\u202e"));
        assertEquals("ümläut 漢字 😀", SafeText.line("ümläut 漢字 😀"));
        assertEquals(81, SafeText.name("x".repeat(10_000)).length());
        assertEquals("?", SafeText.line("\ud800"));
    }

    @ParameterizedTest
    @CsvSource({
        "6,  20, true,  invalid connection pointer",
        "1,  7,  true,  client socket is closed",
        "38, 7,  true,  Cannot write data: Broken pipe",
        "39, 7,  false, Unable to encode message payload",
        "1,  10, false, qemu unexpectedly closed the monitor",
        "68, 10, false, cannot acquire state change lock",
        "42, 10, false, Domain not found"
    })
    void onlyWhatEndsAConnectionCountsAsItsLoss(int code, int from, boolean lost, String message) {
        assertEquals(lost, new VirtException(code, from, message).isConnectionLost(), message);
    }

    /** What libvirt 9 says, with its codes; of some in German, as its words may be. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "qemu:///system | 38 | Failed to connect socket to '/run/libvirt-sock': Connection refused | is libvirtd running, and",
                "qemu:///system | 38 | Failed to connect socket to '/run/libvirt-sock-ro': Permission denied | run as root, or",
                "qemu:///system | 45 | Authentifizierung fehlgeschlagen | run as root, or",
                "qemu:///system | 94 | keine Möglichkeit zur Anmeldung | run as root, or",
                "qemu:///system | 88 | Zugriff verweigert | run as root, or",
                "qemu:///system | 38 | no record for uid 77 | libvirtd turns away whom it does not know",
                "qemu:///system | 3 | this function is not supported by the connection driver: x | this driver of libvirt does not tell",
                "bhyve:///system | 5 | no connection driver available for bhyve:///system | libvirt has no such driver here",
                "esx://h/ | 67 | libvirt wurde ohne Treiber gebaut | libvirt has no such driver here",
                "qemu+ssh://h/system | 38 | Cannot recv data: Permission denied (publickey) | let vmgauge's user log in there",
                "qemu+tcp://h/system | 38 | unable to connect to server at 'h:16509': Connection refused | is libvirtd running there",
                "qemu+tcp://h/system | 4 | unknown host | check the host's name",
                "test:///nowhere | 38 | failed to open file | check hypervisor.libvirt.uri"
            })
    void theAdviceFitsTheError(String uri, int code, String reason, String advice) {
        ConnectionSettings settings =
                ConfigSettings.parsed("uri = \"" + uri + "\"").connection();
        String cure = Cure.of(new VirtException(code, 7, reason), settings);

        assertTrue(cure.contains(advice), cure);
        assertTrue(cure.contains("is libvirtd running") == advice.contains("is libvirtd running"), cure);
    }

    @Test
    void appliancesOfLibguestfsAreNobodysVms() {
        assertTrue(new DomainName("u", "guestfs-0123456789abcdef").isOfAppliance());
        for (String other : List.of(
                "guestfs-", "guestfs-web", "guestfs-0123456789ABCDEF", "guestfs-0123456789abcdefg", "my-guestfs-abc")) {
            assertFalse(new DomainName("u", other).isOfAppliance(), other);
        }
    }

    @Test
    void theDefaultsAreThoseOfTheReference() {
        LibvirtSettings settings = ConfigSettings.parsed();

        assertEquals("qemu:///system", settings.connection().uri());
        assertEquals(
                List.of("vmgauge", "virtlet", "standalone"),
                settings.resolvers().stream().map(PlacementResolver::name).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "uri = \" \"",
                "uri = \"a\\u001bb\"",
                "keepalive.interval = 1500ms",
                "keepalive.interval = 2h",
                "keepalive.count = 0",
                "reconnect-backoff = 1ms",
                "identity.resolvers = []",
                "identity.resolvers = [vmgauge, vmgauge]",
                "identity.resolvers = [nova]",
                "identity.refresh = 2d",
                "identity.standalone.namespace = \"No!\"",
                "disk.volume-directories = [relative]"
            })
    void settingsThatMakeNoSenseAreRefused(String line) {
        String message = String.valueOf(assertThrows(SettingsException.class, () -> ConfigSettings.parsed(line))
                .getMessage());

        assertTrue(message.startsWith("hypervisor.libvirt." + line.substring(0, line.indexOf(' '))), message);
    }
}
