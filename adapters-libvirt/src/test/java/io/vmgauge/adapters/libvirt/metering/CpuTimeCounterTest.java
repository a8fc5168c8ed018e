package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.linux.cgroup.CgroupFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuTimeCounterTest {
    private static final CpuTimeCounter.Cgroup NO_CGROUP = () -> {
        throw new VirtException(55, 10, "cgroup CPUACCT controller is not mounted");
    };
    private static final CpuTimeCounter.Cgroup NO_CONNECTION = () -> {
        throw new VirtException(38, 7, "Cannot write data: Broken pipe");
    };

    private final CpuTimeCounter series = new CpuTimeCounter(true);

    @TempDir
    private Path dir = Path.of("");

    @Test
    void theCgroupIsPreferred() throws VirtException {
        assertEquals(OptionalLong.of(100), ask(() -> 100, () -> OptionalLong.of(7)));
    }

    @Test
    void withoutACgroupTheProcessTableIsRead() throws VirtException {
        assertEquals(OptionalLong.of(7), ask(NO_CGROUP, () -> OptionalLong.of(7)));
    }

    @Test
    void aSeriesStaysWithItsSource() throws VirtException {
        ask(NO_CGROUP, () -> OptionalLong.of(7));

        assertEquals(OptionalLong.of(8), ask(() -> 100, () -> OptionalLong.of(8)));
    }

    @Test
    void aSourceThatFailsIsContinuedByTheOtherWithoutAJumpOrAFall() throws VirtException {
        ask(() -> 100, () -> OptionalLong.of(0));

        assertEquals(OptionalLong.of(100), ask(NO_CGROUP, () -> OptionalLong.of(95)));
        assertEquals(OptionalLong.of(105), ask(NO_CGROUP, () -> OptionalLong.of(100)));
    }

    @Test
    void aDomainThatDoesNotRunHasNoCpuTimeAndKeepsItsSource() throws VirtException {
        ask(() -> 100, () -> OptionalLong.of(0));

        assertEquals(OptionalLong.empty(), ask(NO_CGROUP, OptionalLong::empty));
        assertEquals(OptionalLong.of(110), ask(() -> 110, OptionalLong::empty));
    }

    @Test
    void aLostConnectionSaysNothingAboutTheSource() throws VirtException {
        ask(() -> 100, () -> OptionalLong.of(0));

        assertThrows(VirtException.class, () -> ask(NO_CONNECTION, () -> OptionalLong.of(95)));
        assertEquals(OptionalLong.of(110), ask(() -> 110, () -> OptionalLong.of(96)));
    }

    @Test
    void aFileThatTellsWhatLibvirtdTellsIsReadInsteadFromThenOn() throws VirtException {
        CgroupFile file = file("right", 100);
        assertEquals(OptionalLong.empty(), series.look());

        assertEquals(OptionalLong.of(100), series.ask(() -> 100, OptionalLong::empty, () -> List.of(file)));

        file("right", 130);
        assertEquals(OptionalLong.of(130), series.look());
    }

    @Test
    void aFileOfAnotherDomainIsNotBelieved() throws VirtException {
        for (long other : new long[] {99, 101}) {
            CpuTimeCounter fresh = new CpuTimeCounter(true);
            CgroupFile file = file("other" + other, other);

            assertEquals(OptionalLong.of(100), fresh.ask(() -> 100, OptionalLong::empty, () -> List.of(file)));

            assertEquals(OptionalLong.empty(), fresh.look());
        }
    }

    @Test
    void amongFilesTheOneWhoseCounterLibvirtdTellsIsFoundWhileItMoves() throws VirtException {
        List<CgroupFile> files = List.of(file("before", 50), file("right", 100), file("after", 200));

        long told = 110;
        series.ask(
                () -> {
                    write("right", 120);
                    return told;
                },
                OptionalLong::empty,
                () -> files);

        assertEquals(OptionalLong.of(120), series.look());
    }

    @Test
    void ofTwoFilesThatTellTheSameNoneIsBelieved() throws VirtException {
        List<CgroupFile> files = List.of(file("one/counter", 100), file("two/counter", 100));

        series.ask(() -> 100, OptionalLong::empty, () -> files);

        assertEquals(OptionalLong.empty(), series.look());
    }

    /** Where both versions of control groups are mounted. */
    @Test
    void ofTwoFilesOfOneGroupTheFirstIsBelieved() throws VirtException {
        List<CgroupFile> files = List.of(file("v1/group/counter", 100), file("v2/group/counter", 100));

        series.ask(() -> 100, OptionalLong::empty, () -> files);

        write("v1/group/counter", 130);
        assertEquals(OptionalLong.of(130), series.look());
    }

    @Test
    void aCounterThatHasNotBegunTellsNothing() throws VirtException {
        CgroupFile file = file("newborn", 0);

        series.ask(() -> 0, OptionalLong::empty, () -> List.of(file));

        assertEquals(OptionalLong.empty(), series.look());
    }

    @Test
    void whenTheFileIsGoneLibvirtdIsAskedAgainAndTheSeriesGoesOn() throws VirtException, IOException {
        CgroupFile file = file("right", 100);
        series.ask(() -> 100, OptionalLong::empty, () -> List.of(file));
        Files.delete(file.path());

        assertEquals(OptionalLong.empty(), series.look());
        assertEquals(OptionalLong.of(140), ask(() -> 140, OptionalLong::empty));
        assertEquals(OptionalLong.of(140), ask(NO_CGROUP, () -> OptionalLong.of(7)));
    }

    @Test
    void theProcessTablesSeriesLooksForNoFile() throws VirtException {
        CpuTimeCounter simulated = new CpuTimeCounter(false);

        simulated.ask(() -> 100, () -> OptionalLong.of(7), () -> {
            throw new AssertionError("it looked for one");
        });

        assertEquals(OptionalLong.empty(), simulated.look());
    }

    private OptionalLong ask(CpuTimeCounter.Cgroup cgroup, CpuTimeCounter.ProcessTable processes) throws VirtException {
        return series.ask(cgroup, processes, List::of);
    }

    private CgroupFile file(String name, long nanos) {
        write(name, nanos);
        return new CgroupFile(dir.resolve(name));
    }

    private void write(String name, long nanos) {
        try {
            Path file = dir.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, nanos + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
