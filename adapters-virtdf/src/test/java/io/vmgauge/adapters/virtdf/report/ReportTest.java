package io.vmgauge.adapters.virtdf.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads what virt-df 1.48.2 printed. */
class ReportTest {
    private static final String TITLES = "VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n";

    @Test
    void severalDisksPartitionsAndLogicalVolumesAreAddedUp() throws Exception {
        String csv = TITLES
                + """
                a.img++,/dev/sda,121299,12302,99823,10.1
                a.img++,/dev/sdb1,89361,14,82252,0.0
                a.img++,/dev/vg0/data,52197,14,47883,0.0
                a.img++,/dev/vg0/root,90333,19546,63619,21.6
                """;
        assertEquals((12302 + 14 + 14 + 19546) * 1024L, used(csv, 3));
    }

    @Test
    void namesWithCommasQuotesSpacesAndLineEndsAreNames() throws Exception {
        String csv = TITLES + "\"we\"\"ird, na\nme.img+\",/dev/sda,56037,7182,44269,12.8\n"
                + "\"we\"\"ird, na\nme.img+\",/dev/sdb,100808,0,100807,0.0\n";
        assertEquals(7182 * 1024L, used(csv, 2));
    }

    @Test
    void aBtrfsCountsOnceHoweverManySubvolumesItHas() throws Exception {
        String csv = TITLES
                + """
                s.img,/dev/sda1,204800,3584,201216,1.8
                s.img,/dev/vg/pool,204800,1000,201216,1.8
                s.img,btrfsvol:/dev/sda1/root,204800,3584,201216,1.8
                s.img,"btrfsvol:/dev/sda1/home dir/deep",204800,3584,201216,1.8
                s.img,btrfsvol:/dev/vg/pool/@,204800,1000,201216,1.8
                """;
        assertEquals(4584 * 1024L, used(csv, 1));
    }

    @Test
    void aSubvolumeWhoseFilesystemHasNoLineIsNoNumber() {
        refused(TITLES + "s.img,btrfsvol:/dev/sda1/root,204800,3584,201216,1.8\n");
        refused(TITLES + "s.img,/dev/sda,204800,3584,1,1.8\ns.img,btrfsvol:/dev/sda1/x,204800,3584,1,1.8\n");
    }

    @Test
    void titlesOnlyAreUnknownAndNotZero() throws Exception {
        assertEquals(OptionalLong.empty(), Report.parse(TITLES).usedBytes(List.of(OptionalLong.empty())));
    }

    @Test
    void aFilesystemWithoutSizeIsUnknownAndAnEmptyOneIsZero() throws Exception {
        Report unknown = Report.parse(TITLES + "v,/dev/sda,0,0,0,\n");
        assertFalse(unknown.usedBytes(List.of(OptionalLong.empty())).isPresent());
        assertEquals(0, used(TITLES + "v,/dev/sda,100808,0,100807,0.0\n", 1));
    }

    @Test
    void everyCutButOneAfterALineIsRefused() {
        String csv = TITLES + "\"a b\",/dev/sda,121299,12302,99823,10.1\n\"a b\",/dev/sdb1,89361,14,82252,0.0\n";
        for (int end = 0; end < csv.length(); end++) {
            if (end == 0 || csv.charAt(end - 1) != '\n') {
                refused(csv.substring(0, end));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "VirtualMachine,Dateisystem,1K-Blöcke,Benutzt,Verfügbar,Ben%\n",
                "VirtualMachine,Filesystem,Inodes,IUsed,IFree,IUse%\n",
                "Virtual Machine Filesystem 1K-blocks Used Available Use%\n",
            })
    void otherTitlesAreRefused(String titles) {
        refused(titles + "v,/dev/sda,1000,10,990,1.0\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v,/dev/sda,1000,10,990,\"1,0\"",
                "v,/dev/sda,1000,10,990",
                "v,/dev/sda,1000,10,990,1.0,",
                "v,/dev/sda,1000,1 0,990,1.0",
                "v,/dev/sda,1000,-10,990,1.0",
                "v,/dev/sda,1000,0x10,990,1.0",
                "v,/dev/sda,1000,10.0,990,1.0",
                "v,/dev/sda,1000,,990,1.0",
                "v,/dev/sda,1000,1001,0,100.0",
                "v,/dev/sda,1000,10,991,1.0",
                "v,/dev/sda,9999999999999999999,10,991,1.0",
                "v,/dev/sda,1000,10,990,1.0\nw,/dev/sdb,1000,10,990,1.0",
                "v,/dev/sda,1000,10,990,1.0\nv,/dev/sda,1000,10,990,1.0",
                "v,/dev/sda,1000,10,990,1.0\n",
                "v,/de\"v/sda,1000,10,990,1.0",
                "v,\"/dev/sda\"x,1000,10,990,1.0",
                "v,\"/dev/sda,1000,10,990,1.0",
                "v,/dev/sda,1000,10,990,1.0\r",
                "libguestfs: error: something else",
            })
    void whatVirtDfWouldNotPrintIsRefused(String lines) {
        refused(TITLES + lines + "\n");
    }

    @Test
    void moreBytesThanALongHoldsAreRefused() {
        String row = ",999999999999999999,999999999999999999,0,100.0\n";
        refused(TITLES + "v,/dev/vg/a" + row);
        refused(TITLES + "v,/dev/vg/a,9000000000000000,9000000000000000,0,100.0\n"
                + "v,/dev/vg/b,9000000000000000,9000000000000000,0,100.0\n");
    }

    @Test
    void aFilesystemThatSpansDisksIsUnknownSinceEachOfThemShowsAllOfIt() throws Exception {
        String csv = TITLES + "v,/dev/sda,245760,5920,161792,2.4\nv,/dev/sdb,245760,5920,161792,2.4\n";
        Report report = Report.parse(csv);
        OptionalLong half = OptionalLong.of(120 << 20);
        assertThrows(UnreadableReport.class, () -> report.usedBytes(List.of(half, half)));
        OptionalLong whole = OptionalLong.of(240 << 20);
        assertEquals(2 * 5920 * 1024L, report.usedBytes(List.of(whole, whole)).orElseThrow());
    }

    @Test
    void theDisksAreCountedAsTheApplianceDoes() throws Exception {
        List<OptionalLong> small = Collections.nCopies(28, OptionalLong.of(1 << 20));
        assertEquals(
                0,
                Report.parse(TITLES + "v,/dev/sdab1,1024,0,9,0.0\n")
                        .usedBytes(small)
                        .orElseThrow());
        Report beyond = Report.parse(TITLES + "v,/dev/sdac1,1024,0,9,0.0\n");
        assertThrows(UnreadableReport.class, () -> beyond.usedBytes(small));
    }

    private static long used(String csv, int disks) throws UnreadableReport {
        return Report.parse(csv)
                .usedBytes(Collections.nCopies(disks, OptionalLong.empty()))
                .orElseThrow();
    }

    private static void refused(String csv) {
        assertThrows(
                UnreadableReport.class,
                () -> Report.parse(csv).usedBytes(Collections.nCopies(9, OptionalLong.empty())),
                csv);
    }
}
