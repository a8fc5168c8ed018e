package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.libvirt.connection.VolumePath;
import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.VolumeSource;
import io.vmgauge.adapters.libvirt.disk.ImageLocator;
import io.vmgauge.adapters.libvirt.disk.LocatedImage;
import io.vmgauge.adapters.libvirt.disk.OwnImages;
import io.vmgauge.adapters.libvirt.disk.OwnImages.Verdict;
import io.vmgauge.adapters.libvirt.disk.StorageVolumes;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.linux.file.MountTable;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files of a definition are disks of the VM's own. */
public class OwnDisksTest {
    private static final VmId VM = new VmId("8b97a6a0-424f-4246-9186-1d24dce45990");
    private static final VmId OTHER = new VmId("537e0aa0-954f-45b6-8740-4f5d4a40b4ae");
    private static final String ROOT =
            "<disk type='file'><driver type='qcow2'/><source file='/images/root.qcow2'/><target dev='vda'/></disk>";
    private static final String VOLUME =
            "<disk type='volume' device='disk'><driver type='qcow2'/><source pool='bugs' volume='04.qcow2'/><target dev='vdb'/></disk>";
    /** As libvirt writes a snapshot on a raw image, on which another disk is based too. */
    private static final String CHAIN =
            """
            <disk type='file'><driver type='qcow2'/><source file='%s' index='2'/>
            <backingStore type='file' index='6'><format type='raw'/><source file='/images/base.img'/><backingStore/>
            </backingStore><target dev='vda'/></disk>""";

    @Test
    void areListedInTheDefinitionsOrderWithTheirFormats() {
        String data = "<disk type='file' device='disk'><source file='/images/data'/><target dev='vdb'/></disk>";

        assertEquals(
                List.of(new DiskImage("/images/data", "raw"), new DiskImage("/images/root.qcow2", "qcow2")),
                images(data + ROOT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<disk type='file' device='cdrom'><source file='/images/x'/><target dev='hda'/></disk>",
                "<disk type='file'><source file='/images/x'/><target dev='vdb'/><readonly/></disk>",
                "<disk type='file'><source file='/images/x'/><target dev='vdb'/><shareable/></disk>",
                "<disk type='block'><source dev='/dev/vg/x'/><target dev='vdb'/></disk>",
                "<disk type='file'><source file='/dev/vg/x'/><target dev='vdb'/></disk>",
                "<disk type='network'><source protocol='rbd' name='p/x'/><target dev='vdb'/></disk>",
                "<disk type='file'><source file='/var/lib/kubelet/pods/1/volumes/x'/><target dev='vdb'/></disk>"
            })
    void leaveOutWhatIsNotTheVmsOwn(String other) {
        assertEquals(List.of(new DiskImage("/images/root.qcow2", "qcow2")), images(other + ROOT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"source file='images/relative'", "driver type='RAW --help'/><source file='/images/x'"})
    void areAllUnknownIfOneIs(String strange) {
        assertEquals(List.of(), images(ROOT + "<disk type='file'><" + strange + "/><target dev='vdb'/></disk>"));
    }

    @Test
    void countWithAllThatLieBelowThemAndNobodyElseNames() {
        Verdict verdict = judge(CHAIN.formatted("/images/top.qcow2"), "");

        assertEquals(List.of("/images/top.qcow2", "/images/base.img"), paths(verdict.own()));
        assertEquals(List.of(new DiskImage("/images/top.qcow2", "qcow2")), verdict.disks());
    }

    @Test
    void doNotCountABaseThatTwoVmsShare() {
        Verdict verdict = judge(CHAIN.formatted("/images/top.qcow2"), CHAIN.formatted("/images/other.qcow2"));

        assertEquals(List.of("/images/top.qcow2"), paths(verdict.own()));
        assertEquals(List.of("/images/base.img"), paths(verdict.others()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<disk type='file'><source file='/images//./root.qcow2'/><target dev='vda'/></disk>",
                "<disk type='file' device='cdrom'><source file='/images/root.qcow2'/><target dev='hda'/><readonly/></disk>",
                "<disk type='volume'><source pool='bugs' volume='root.qcow2'/><target dev='vda'/></disk>"
            })
    void areNobodysIfTwoNameThemHoweverTheyDo(String name) {
        assertEquals(List.of(), judge(ROOT, name).disks());
    }

    @Test
    void mayBeNamedByPoolAndVolume() {
        assertEquals(
                List.of(new DiskImage("/images/root.qcow2", "qcow2"), new DiskImage("/images/04.qcow2", "qcow2")),
                images(ROOT + VOLUME));
    }

    @Test
    void areUnknownIfAVolumeCannotBeResolvedAndItIsSaidWhich() {
        String lost = VOLUME.replace("bugs", "lost");
        Verdict verdict = judge(ROOT + lost, "");

        assertEquals(List.of(), verdict.disks());
        assertEquals(
                Optional.of("its disk vdb is volume 04.qcow2 of pool lost, which cannot be resolved: no pool 'lost'"),
                verdict.unknown());
        assertEquals(
                Optional.empty(),
                judge(ROOT + lost.replace("</disk>", "<readonly/></disk>"), "").unknown());
    }

    @ParameterizedTest
    @CsvSource({"logical, a device", "rbd, 'volume 04.qcow2 of pool rbd, over a network'"})
    void aVolumeThatIsNoFileDoesNotCount(String pool, String reason) {
        Verdict verdict = judge(VOLUME.replace("bugs", pool), "");

        assertEquals(Optional.empty(), verdict.unknown());
        assertEquals(Optional.of(reason), verdict.others().get(0).excluded());
    }

    /** The definitions are those of a kubelet of k0s and of MicroK8s, on which the VMs' volumes were counted. */
    @Test
    void areNoVolumesOfAnyKubelet() {
        String volumes =
                """
                <disk type='file'><source file='/var/lib/k0s/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volumes/kubernetes.io~csi/pvc-1/mount/disk.img'/><target dev='vda'/></disk>
                <disk type='file'><source file='/var/snap/microk8s/common/var/lib/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volumes/kubernetes.io~csi/pvc-2/mount/disk.img'/><target dev='vdb'/></disk>
                """;
        Verdict verdict = judge(volumes, "");

        assertEquals(List.of(), paths(verdict.own()));
        assertEquals(
                List.of("vda", "vdb"),
                verdict.others().stream().map(LocatedImage::device).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "/mnt/nfs/a.img, 'on nfs4, mounted at /mnt/nfs'",
        "/mnt/glu/ster/a.img, 'on fuse.glusterfs, mounted at /mnt/glu'",
        "/mnt/with blank/a.img, 'on cifs, mounted at /mnt/with blank'",
        "/vms/a.img, in a pod's volume",
        "/mnt/nfs-local/a.img, ",
        "/mnt/nfs/disk/a.img, "
    })
    void areOnFileSystemsOfThisNode(String path, String reason) {
        Verdict verdict = judge("<disk type='file'><source file='" + path + "'/><target dev='vda'/></disk>", "");

        assertEquals(
                Optional.ofNullable(reason),
                verdict.others().stream().findFirst().flatMap(LocatedImage::excluded));
        assertEquals(reason == null ? 1 : 0, verdict.own().size());
    }

    @Test
    void checkSaysWhatCountsAndWhatDoesNot() {
        String disks = CHAIN.formatted("/images/top.qcow2")
                + "<disk type='block'><source dev='/dev/vg0/bug21'/><target dev='vdb'/></disk>"
                + "<disk type='network'><source protocol='rbd' name='p/x'/><target dev='vdc'/></disk>"
                + "<disk type='file'><source file='/mnt/nfs/a.img'/><target dev='vdd'/></disk>"
                + "<disk type='file' device='cdrom'><target dev='hda'/><readonly/></disk>";

        assertEquals(
                List.of("its disk usage counts vda /images/top.qcow2, vda /images/base.img; not vdb (a block device),"
                        + " vdc (over a network), vdd /mnt/nfs/a.img (on nfs4, mounted at /mnt/nfs)"),
                DiskRemarks.of(judge(disks, "")).stream()
                        .map(HostCheck.Remark::what)
                        .toList());
        assertEquals(
                List.of(
                        "has no node-local disk of its own: its disk usage is absent",
                        "its disk usage does not count vda /images/root.qcow2 (named by another VM too)"),
                DiskRemarks.of(judge(ROOT, ROOT)).stream()
                        .map(HostCheck.Remark::what)
                        .toList());
    }

    /** As check may be run from a shell, which sees what the service does not. */
    @Test
    void checkSaysThatTheServiceDoesNotSeeImagesBelowHome() {
        String home = ROOT.replace("/images/", "/home/alice/images/");

        assertEquals(
                List.of(
                        "its disk usage counts vda /home/alice/images/root.qcow2",
                        "has images below /home, /root or /run/user, which ProtectHome=yes in vmgauge.service hides:"
                                + " virt-df cannot read them there, and block takes QEMU's figures"),
                DiskRemarks.of(judge(home, "")).stream()
                        .map(HostCheck.Remark::what)
                        .toList());
    }

    /** The guest's names of the disks of one's own. */
    public static List<String> own(Definition definition) {
        return images().of(VM, definition).own().stream()
                .map(LocatedImage::device)
                .toList();
    }

    private static List<DiskImage> images(String disks) {
        return judge(disks, "").disks();
    }

    private static Verdict judge(String disks, String ofAnother) {
        OwnImages images = images();
        Definition definition = read(disks);
        images.list(Map.of(VM, definition, OTHER, read(ofAnother)));
        return images.of(VM, definition);
    }

    private static Definition read(String disks) {
        return ConfigSettings.parsed()
                .reader()
                .read(
                        new DomainName(VM.value(), "v"),
                        "<domain><name>v</name><devices>" + disks + "</devices></domain>");
    }

    private static List<String> paths(List<LocatedImage> images) {
        return images.stream().map(LocatedImage::path).toList();
    }

    private static OwnImages images() {
        MountTable mounts = new MountTable(
                """
                22 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw
                30 22 0:50 / /mnt/nfs rw - nfs4 server:/export rw
                31 30 254:1 / /mnt/nfs/disk rw - xfs /dev/vdb rw
                32 22 0:51 / /mnt/glu rw - fuse.glusterfs server:vol rw
                33 22 0:52 / /mnt/with\\040blank rw - cifs //server/share rw
                34 22 254:0 /var/lib/k0s/kubelet/pods/3f0c1e52-0000-4000-8000-000000000001/volumes/kubernetes.io~empty-dir/x /vms rw - ext4 /dev/vda rw
                nonsense
                """);
        ManualTime time = new ManualTime();
        StorageVolumes storage =
                new StorageVolumes(OwnDisksTest::resolve, time, Duration.ofSeconds(60), OwnDisksTest::daemon);
        return new OwnImages(
                new ImageLocator(ConfigSettings.parsed().volumes(), storage, () -> mounts),
                time,
                Duration.ofSeconds(60));
    }

    private static VolumePath resolve(VolumeSource volume) {
        return switch (volume.pool()) {
            case "bugs" -> new VolumePath(Optional.of("/images/" + volume.name()), "");
            case "logical" -> new VolumePath(Optional.of("/dev/vg/" + volume.name()), "");
            case "rbd" -> new VolumePath(Optional.of("pool/" + volume.name()), "");
            default -> new VolumePath(Optional.empty(), "no pool '" + volume.pool() + "'");
        };
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        return thread;
    }
}
