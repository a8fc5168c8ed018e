package io.vmgauge.adapters.virtdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.spi.Filesystems;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which accelerator readings run on, with a virt-df and a device of our own. */
class AcceleratorTest {
    /** A virt-df that records its arguments and works by KVM only if a file says so. */
    private static final String ACTOR =
            """
            here=$(dirname "$0")
            echo "$LIBGUESTFS_BACKEND_SETTINGS" >> "$here/forced"
            case $LIBGUESTFS_BACKEND_SETTINGS in
              *force_kvm*) [ -e "$here/kvm-works" ] || { echo 'libguestfs: error: no luck' >&2; exit 1; } ;;
              *force_tcg*) [ ! -e "$here/tcg-fails" ] || { echo 'libguestfs: error: no kernel' >&2; exit 1; } ;;
              *) echo 'libguestfs: error: nothing is forced' >&2; exit 1 ;;
            esac
            echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%
            """;

    private final Playground playground = new Playground();
    private final Path device = playground.write("kvm", "", "rw-------");
    private Duration ahead = Duration.ZERO;

    @AfterEach
    void end() {
        playground.close();
    }

    @Test
    void kvmIsTakenWhereItWorks() {
        playground.write("kvm-works", "", "rw-------");
        try (Filesystems virtDf = open(device)) {
            assertEquals("can read disk images here, by KVM", good(virtDf));
            read(virtDf);
            assertEquals(List.of("force_kvm", "force_kvm"), forced());
        }
    }

    @Test
    void kvmThatIsThereButBrokenGivesWayToEmulationAndThatIsSaid() {
        try (Filesystems virtDf = open(device)) {
            assertEquals(
                    "can read disk images here, by emulation (TCG), since " + device
                            + " is there but does not work: virt-df ended with 1: libguestfs: error: no luck",
                    good(virtDf));
            read(virtDf);
            assertEquals(List.of("force_kvm", "force_tcg", "force_tcg"), forced());
        }
    }

    @Test
    void kvmThatIsNotThereIsNotTried() {
        Path absent = playground.directory.resolve("absent");
        try (Filesystems virtDf = open(absent)) {
            assertEquals(
                    "can read disk images here, by emulation (TCG), since " + absent + " is not there", good(virtDf));
            assertEquals(List.of("force_tcg"), forced());
        }
    }

    @Test
    void kvmThatFailedIsTriedAgainSomeHoursLater() {
        try (Filesystems virtDf = open(device)) {
            read(virtDf);
            playground.write("kvm-works", "", "rw-------");
            ahead = Duration.ofHours(5);
            read(virtDf);
            assertEquals(List.of("force_kvm", "force_tcg", "force_tcg", "force_tcg"), forced());
            ahead = Duration.ofHours(7);
            read(virtDf);
            read(virtDf);
            assertEquals(List.of("force_kvm", "force_kvm", "force_kvm"), forced().subList(4, 7));
        }
    }

    @Test
    void whereNeitherWorksThereIsAProblemAndNothingIsSettled() {
        playground.write("tcg-fails", "", "rw-------");
        try (Filesystems virtDf = open(device)) {
            Finding found = virtDf.check().get(0);
            assertEquals(Level.PROBLEM, found.level());
            assertEquals(
                    "cannot read disk images here: virt-df ended with 1: libguestfs: error: no kernel", found.what());
            playground.write("kvm-works", "", "rw-------");
            assertEquals("can read disk images here, by KVM", good(virtDf));
        }
    }

    private Filesystems open(Path kvm) {
        return playground.open(
                new VirtDf.Surroundings(HostMemory.ofThisHost(), kvm, ImageHeader::of),
                () -> {
                    Moment now = new RealTime().now();
                    return new Moment(now.wall().plus(ahead), now.nanos() + ahead.toNanos());
                },
                playground.script("actor", ACTOR),
                "accelerator = auto");
    }

    private static String good(Filesystems virtDf) {
        Finding found = virtDf.check().get(0);
        assertEquals(Level.GOOD, found.level(), found.toString());
        return found.what();
    }

    private void read(Filesystems virtDf) {
        DiskImage disk =
                new DiskImage(playground.write("disk", "\0", "rw-------").toString(), "raw");
        Measurement answer = virtDf.meter().measure(new VmId("vm"), new Incarnation(1), List.of(disk));
        assertTrue(answer.toString().contains("there is no filesystem"), answer.toString());
    }

    private List<String> forced() {
        try {
            return Files.readAllLines(playground.directory.resolve("forced"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
