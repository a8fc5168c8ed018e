package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.identity.DiskImage;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files of a definition are disks of the VM's own. */
class OwnDisksTest {
    private static final String ROOT =
            "<disk type='file'><driver type='qcow2'/><source file='/images/root.qcow2'/><target dev='vda'/></disk>";

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

    private static List<DiskImage> images(String disks) {
        DefinitionReader reader = new DefinitionReader(ConfigSettings.parsed());
        return reader.read(
                        new DomainName("8b97a6a0-424f-4246-9186-1d24dce45990", "v"),
                        "<domain><name>v</name><devices>" + disks + "</devices></domain>")
                .images();
    }
}
