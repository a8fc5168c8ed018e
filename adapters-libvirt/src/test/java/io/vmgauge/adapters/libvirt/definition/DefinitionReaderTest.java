package io.vmgauge.adapters.libvirt.definition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.ConfigSettings;
import io.vmgauge.adapters.libvirt.OwnDisksTest;
import io.vmgauge.adapters.libvirt.domain.DomainName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class DefinitionReaderTest {
    private static final DomainName DOMAIN = new DomainName("537e0aa0-954f-45b6-8740-4f5d4a40b4ae", "vm1");

    @Test
    void onlyWritableUnsharedLocalFilesAreTheVmsOwnDisks() {
        Definition definition = read(
                """
                <domain><devices>
                  <disk type='file' device='disk'><source file='/images/root.qcow2'/><target dev='vda'/></disk>
                  <disk type='file'><source file='/images/data.raw'/><target dev='vdb'/></disk>
                  <disk type='file' device='disk'><source file='/images/ro.img'/><target dev='vdc'/><readonly/></disk>
                  <disk type='file' device='disk'><source file='/images/both.img'/><target dev='vdd'/><shareable/></disk>
                  <disk type='file' device='cdrom'><source file='/images/cd.iso'/><target dev='sda'/></disk>
                  <disk type='file' device='disk'><target dev='vde'/></disk>
                  <disk type='block' device='disk'><source dev='/dev/sdb'/><target dev='vdf'/></disk>
                  <disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vdg'/></disk>
                  <disk type='file' device='disk'><source file='/var/lib/kubelet/pods/u1/volumes/k~pvc/x/disk.img'/><target dev='vdh'/></disk>
                </devices></domain>""");

        assertEquals(List.of("vda", "vdb"), OwnDisksTest.own(definition));
    }

    @Test
    void interfacesAreThoseThatHaveANameOnTheHost() {
        Definition definition = read(
                """
                <domain><devices>
                  <interface type='ethernet'><target dev='tap1'/></interface>
                  <interface type='user'/>
                  <interface type='hostdev'><source/></interface>
                  <interface type='bridge'><target dev='tap0'/></interface>
                </devices></domain>""");

        assertEquals(List.of("tap1", "tap0"), definition.interfaces());
    }

    @Test
    void aBalloonReportsIfItHasAPeriod() {
        assertEquals(
                Duration.ofSeconds(10),
                balloon("<memballoon model='virtio'><stats period='10'/></memballoon>")
                        .statsPeriod());
        assertEquals(Duration.ZERO, balloon("<memballoon model='virtio'/>").statsPeriod());
        assertTrue(balloon("<memballoon model='virtio'/>").balloon());
        assertFalse(balloon("<memballoon model='none'/>").balloon());
        assertFalse(balloon("").balloon());
        assertEquals(
                Duration.ZERO,
                balloon("<memballoon model='virtio'><stats period='99999999999999'/></memballoon>")
                        .statsPeriod());
    }

    @Test
    void hugePagesAreSeen() {
        assertTrue(read("<domain><memoryBacking><hugepages/></memoryBacking></domain>")
                .hugePages());
        assertFalse(read("<domain><memoryBacking><locked/></memoryBacking></domain>")
                .hugePages());
        assertTrue(
                read("<domain><devices><memory model='dimm'><source><pagesize unit='KiB'>2048</pagesize></source></memory></devices></domain>")
                        .hugePages());
        assertFalse(read("<domain><devices><memory model='dimm'/></devices></domain>")
                .hugePages());
    }

    @Test
    void aDefinitionThatCannotBeReadLeavesAStandalonePod() {
        Definition definition = read("<domain><unclosed></domain>");

        assertEquals("vm1", definition.placement().sandbox().name());
        assertTrue(definition.rejected().orElseThrow().startsWith("its XML cannot be parsed"));
        assertEquals(List.of(), definition.disks());
    }

    @Test
    void anXmlBombIsNotLit() {
        String bomb =
                """
                <?xml version="1.0"?><!DOCTYPE domain [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
                <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
                <domain><name>&d;</name></domain>""";

        assertTrue(read(bomb).rejected().orElseThrow().contains("DOCTYPE"));
    }

    @Test
    void noFileOfTheHostIsReadInto() {
        String thief =
                """
                <!DOCTYPE domain [<!ENTITY file SYSTEM "file:///etc/hostname">]>
                <domain><metadata>&file;</metadata></domain>""";

        assertTrue(read(thief).rejected().orElseThrow().contains("DOCTYPE"));
    }

    /** libvirt writes each image of a chain into the one above it. */
    @Test
    void aDiskOfAHundredSnapshotsIsRead() {
        String chain = "<backingStore type='file'><format type='qcow2'/><source file='/images/s'/>".repeat(100);
        Definition definition = read("<domain><devices><disk type='file'><source file='/images/top'/>" + chain
                + "</backingStore>".repeat(100) + "<target dev='vda'/></disk></devices></domain>");

        assertEquals(Optional.empty(), definition.rejected());
        assertEquals(101, definition.disks().get(0).chain().size());
    }

    @Test
    void tooLongAndTooDeepDefinitionsAreRefused() {
        String label = "<domain><metadata>" + "x".repeat(10_000_000) + "</metadata></domain>";
        String deep = "<domain>" + "<a>".repeat(5_000) + "</a>".repeat(5_000) + "</domain>";

        assertEquals(
                Optional.of("its XML is longer than 1048576 characters"),
                read(label).rejected());
        assertTrue(read(deep).rejected().isPresent());
    }

    /** A tree of a MiB of these would take half of the agent's heap. */
    @Test
    void aCrowdOfTinyElementsOrAttributesIsRefused() {
        String elements = "<domain>" + "<a/>".repeat(200_000) + "</domain>";
        String attributes = IntStream.range(0, 100)
                .mapToObj(i -> "<a"
                        + IntStream.range(0, 300)
                                .mapToObj(n -> " a" + n + "=''")
                                .collect(Collectors.joining())
                        + "/>")
                .collect(Collectors.joining("", "<domain>", "</domain>"));

        for (String crowd : List.of(elements, attributes)) {
            assertEquals(
                    Optional.of("its XML has more than 20000 elements and attributes"),
                    read(crowd).rejected());
        }
    }

    /** As the parsers of the JDK remember names for ever, unless they are told not to. */
    @ParameterizedTest(name = "in documents of {0} names")
    @ValueSource(ints = {200, 9000})
    void noNameThatATenantMakesUpStaysInMemory(int names) {
        grow(names, 20_000);
        long before = used();
        grow(names, 400_000);
        long grown = used() - before;

        assertTrue(grown < 8 << 20, grown + " bytes more than before");
    }

    private static void grow(int namesEach, int namesTogether) {
        for (int i = 0; i < namesTogether; i += namesEach) {
            int first = i;
            String names = IntStream.range(0, namesEach)
                    .mapToObj(n -> "<" + "n".repeat(60) + (first + n) + "/>")
                    .collect(Collectors.joining());
            assertEquals(
                    Optional.empty(),
                    read("<domain><metadata>" + names + "</metadata></domain>").rejected());
        }
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void complaintsStayOnOneHarmlessLine() {
        String why = read("<domain><\u001b[31m\n\u202e/></domain>").rejected().orElseThrow();

        assertFalse(why.chars().anyMatch(Character::isISOControl), why);
        assertTrue(why.length() < 400, why);
    }

    public static Definition read(String xml) {
        return ConfigSettings.parsed().reader().read(DOMAIN, xml);
    }

    private static Definition balloon(String xml) {
        return read("<domain><devices>" + xml + "</devices></domain>");
    }
}
