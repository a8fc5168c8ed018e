package io.vmgauge.adapters.libvirt.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeDirectoriesTest {
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
}
