package io.vmgauge.adapters.libvirt.metering;

import static io.vmgauge.adapters.libvirt.metering.HostProc.BOOTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.linux.process.QemuProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several lives of the agent before the same processes, on a host whose /proc a test writes. */
class LifeStartsTest {
    private static final QemuProcess ONE = new QemuProcess(4711, 100);
    private static final QemuProcess OTHER = new QemuProcess(4712, 200);
    private static final VmId VM = new VmId("537e0aa0-954f-45b6-8740-4f5d4a40b4ae");

    private final HostProc proc;
    private final Path file;
    private final LoggedWarnings warnings = new LoggedWarnings(LifeStarts.class);

    LifeStartsTest(@TempDir Path dir) {
        this.proc = HostProc.in(dir.resolve("proc"));
        this.file = dir.resolve("run/vmgauge.sock.libvirt");
        proc.process(ONE.pid(), VM, 'S', ONE.start());
        proc.process(OTHER.pid(), VM, 'S', OTHER.start());
    }

    @AfterEach
    void listenNoMore() {
        warnings.close();
    }

    @Test
    void theNextAgentSaysTheSameThoughTheClockWasSet() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts first = agent();
        assertEquals(second(1), first.of(ONE));
        first.keepOnly(Set.of(ONE));
        proc.booted(BOOTED + 60);

        LifeStarts next = agent();
        assertEquals(second(1), next.of(ONE));
        assertEquals(second(62), next.of(OTHER));
        assertEquals(0, warnings.lines());
    }

    @Test
    void whatHasEndedLeavesTheFile() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts starts = agent();
        starts.of(ONE);
        starts.of(OTHER);
        starts.keepOnly(Set.of(ONE, OTHER));
        assertTrue(Files.readString(file).contains("4712 200 "), Files.readString(file));
        proc.end(4712);

        starts.keepOnly(Set.of(ONE));

        assertTrue(Files.readString(file).contains("4711 100 "), Files.readString(file));
        assertFalse(Files.readString(file).contains("4712"), Files.readString(file));
    }

    @Test
    void nothingIsWrittenWithoutAChange() throws IOException {
        Files.createDirectory(file.getParent());
        agent().keepOnly(Set.of());
        assertFalse(Files.exists(file));
        LifeStarts starts = agent();
        starts.of(ONE);
        starts.keepOnly(Set.of(ONE));
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));

        starts.keepOnly(Set.of(ONE));
        agent().keepOnly(Set.of(ONE));

        assertEquals(FileTime.from(Instant.EPOCH), Files.getLastModifiedTime(file));
    }

    /** The directory of the socket is made after the first listing. */
    @Test
    void itWaitsForItsDirectoryWithoutAWord() throws IOException {
        LifeStarts starts = agent();
        starts.of(ONE);
        starts.keepOnly(Set.of(ONE));
        Files.createDirectory(file.getParent());
        starts.keepOnly(Set.of(ONE));

        assertTrue(Files.exists(file));
        assertEquals(0, warnings.lines());
    }

    @Test
    void aFileThatMakesNoSenseCostsOneLineAndIsReplaced() throws IOException {
        Files.createDirectory(file.getParent());
        Files.writeString(file, "nonsense");
        LifeStarts starts = agent();
        assertEquals(1, warnings.lines());
        assertEquals(second(1), starts.of(ONE));
        starts.keepOnly(Set.of(ONE));
        proc.booted(BOOTED + 1);

        assertEquals(second(1), agent().of(ONE));
        assertEquals(1, warnings.lines());
    }

    /** A directory stands where the file should be, which root cannot write either. */
    @Test
    void whatCannotBeWrittenCostsOneLineAndNothingElse() throws IOException {
        Files.createDirectories(file.resolve("full"));
        LifeStarts starts = agent();
        assertEquals(1, warnings.lines(), "it cannot be read either");
        for (int i = 0; i < 3; i++) {
            assertEquals(second(1), starts.of(ONE));
            starts.keepOnly(Set.of(ONE));
        }
        assertEquals(2, warnings.lines());
        Files.delete(file.resolve("full"));
        Files.delete(file);

        starts.keepOnly(Set.of(ONE));

        assertTrue(Files.isRegularFile(file));
    }

    @Test
    void whereNothingMayBeLeftNothingIs() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts starts = LifeStarts.keptIn(Optional.empty(), proc.path());
        assertEquals(second(1), starts.of(ONE));
        starts.keepOnly(Set.of(ONE));
        try (var left = Files.list(file.getParent())) {
            assertEquals(0, left.count());
        }
    }

    private LifeStarts agent() {
        return LifeStarts.keptIn(Optional.of(file), proc.path());
    }

    /** After the first boot time. */
    private static Optional<Instant> second(int number) {
        return Optional.of(Instant.ofEpochSecond(BOOTED + number));
    }
}
