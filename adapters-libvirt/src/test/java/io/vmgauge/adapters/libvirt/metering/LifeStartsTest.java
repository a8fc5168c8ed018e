package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.linux.process.QemuProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several lives of the agent before the same processes, on a host whose /proc a test writes. */
class LifeStartsTest {
    private static final QemuProcess ONE = new QemuProcess(4711, 100);
    private static final QemuProcess OTHER = new QemuProcess(4712, 200);
    private static final long BOOTED = 1_790_000_000;

    private final Path proc;
    private final Path file;
    private final Logger logger = Logger.getLogger(LifeStarts.class.getName());
    private final Ear ear = new Ear();

    LifeStartsTest(@TempDir Path dir) {
        this.proc = dir.resolve("proc");
        this.file = dir.resolve("run/vmgauge.sock.libvirt");
        write(proc.resolve("sys/kernel/random/boot_id"), "0f5c2a7e-1111-4222-8333-944445555666\n");
        booted(BOOTED);
        starts(ONE);
        starts(OTHER);
    }

    private static final class Ear extends Handler {
        private int warnings;

        @Override
        public void publish(LogRecord line) {
            warnings += line.getLevel().intValue() >= Level.WARNING.intValue() ? 1 : 0;
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void listen() {
        logger.addHandler(ear);
    }

    @AfterEach
    void listenNoMore() {
        logger.removeHandler(ear);
    }

    @Test
    void theNextAgentSaysTheSameThoughTheClockWasSet() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts first = agent();
        assertEquals(second(1), first.of(ONE));
        first.keepOnly(Set.of(ONE));
        booted(BOOTED + 60);

        LifeStarts next = agent();
        assertEquals(second(1), next.of(ONE));
        assertEquals(second(62), next.of(OTHER));
        assertEquals(0, ear.warnings);
    }

    @Test
    void whatHasEndedLeavesTheFile() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts starts = agent();
        starts.of(ONE);
        starts.of(OTHER);
        starts.keepOnly(Set.of(ONE, OTHER));
        assertTrue(Files.readString(file).contains("4712 200 "), Files.readString(file));
        Files.delete(proc.resolve("4712/stat"));

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
        assertEquals(0, ear.warnings);
    }

    @Test
    void aFileThatMakesNoSenseCostsOneLineAndIsReplaced() throws IOException {
        write(file, "nonsense");
        LifeStarts starts = agent();
        assertEquals(1, ear.warnings);
        assertEquals(second(1), starts.of(ONE));
        starts.keepOnly(Set.of(ONE));
        booted(BOOTED + 1);

        assertEquals(second(1), agent().of(ONE));
        assertEquals(1, ear.warnings);
    }

    /** A directory stands where the file should be, which root cannot write either. */
    @Test
    void whatCannotBeWrittenCostsOneLineAndNothingElse() throws IOException {
        Files.createDirectories(file.resolve("full"));
        LifeStarts starts = agent();
        assertEquals(1, ear.warnings, "it cannot be read either");
        for (int i = 0; i < 3; i++) {
            assertEquals(second(1), starts.of(ONE));
            starts.keepOnly(Set.of(ONE));
        }
        assertEquals(2, ear.warnings);
        Files.delete(file.resolve("full"));
        Files.delete(file);

        starts.keepOnly(Set.of(ONE));

        assertTrue(Files.isRegularFile(file));
    }

    @Test
    void whereNothingMayBeLeftNothingIs() throws IOException {
        Files.createDirectory(file.getParent());
        LifeStarts starts = LifeStarts.keptIn(Optional.empty(), proc);
        assertEquals(second(1), starts.of(ONE));
        starts.keepOnly(Set.of(ONE));
        try (var left = Files.list(file.getParent())) {
            assertEquals(0, left.count());
        }
    }

    private LifeStarts agent() {
        return LifeStarts.keptIn(Optional.of(file), proc);
    }

    /** After the first boot time. */
    private static Optional<Instant> second(int number) {
        return Optional.of(Instant.ofEpochSecond(BOOTED + number));
    }

    private void booted(long seconds) {
        write(proc.resolve("stat"), "cpu  1 2 3\nbtime " + seconds + "\n");
    }

    private void starts(QemuProcess process) {
        write(
                proc.resolve(process.pid() + "/stat"),
                process.pid() + " (qemu) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + process.start() + " 20\n");
    }

    private static void write(Path path, String content) {
        try {
            Files.createDirectories(path.resolveSibling(""));
            Files.writeString(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
