package io.vmgauge.linux.process;

import static io.vmgauge.linux.process.HostProc.BOOT;
import static io.vmgauge.linux.process.HostProc.BOOTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Start times from one life of the agent to the next. */
class StartTimesFileTest {
    private static final QemuProcess ONE = new QemuProcess(4711, 90_001);
    private static final Map<QemuProcess, Instant> SOME = Map.of(
            ONE, Instant.ofEpochSecond(BOOTED, 120_000_000), new QemuProcess(4_194_303, 5), Instant.ofEpochSecond(7));
    private static final String HEAD = "vmgauge start times 1\n" + BOOT + "\n";

    private final HostProc host;
    private final Path path;
    private final StartTimesFile file;

    StartTimesFileTest(@TempDir Path dir) {
        this.host = new HostProc(dir.resolve("proc"));
        this.path = dir.resolve("vmgauge.sock.libvirt");
        this.file = new StartTimesFile(host.path(), path);
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        assertEquals(Map.of(), file.read());
        file.write(SOME);
        assertEquals(SOME, file.read());
        file.write(Map.of());
        assertEquals(Map.of(), file.read());
    }

    @Test
    void theNextAgentHasTheSameInstantThoughTheBootSeemsASecondLater() throws IOException {
        StartTimes first = new StartTimes(host.path(), file.read());
        Optional<Instant> started = first.of(ONE);
        file.write(first.all());
        host.booted(BOOTED + 1);

        assertEquals(started, new StartTimes(host.path(), file.read()).of(ONE));
        assertEquals(started.map(time -> time.plusSeconds(1)), new StartTimes(host.path(), Map.of()).of(ONE));
    }

    @Test
    void afterAnotherBootTheSameNumbersAreAnotherProcess() throws IOException {
        file.write(SOME);
        host.boot(BOOT.replace('0', '1'));
        host.booted(BOOTED + 86_400);

        assertEquals(Map.of(), file.read());
        assertEquals(
                Optional.of(Instant.ofEpochSecond(BOOTED + 86_400 + 900, 10_000_000)),
                new StartTimes(host.path(), file.read()).of(ONE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vmgauge start times 1\n",
                "vmgauge start times 2\n" + BOOT + "\nend\n",
                HEAD,
                HEAD + "1 2 3\n",
                HEAD + "1 2\nend\n",
                HEAD + "1 2 3 4\nend\n",
                HEAD + "1 -2 3\nend\n",
                HEAD + "1 2 x\nend\n",
                HEAD + "1 2 9999999999999999999\nend\n",
                HEAD + "\nend\n",
                "\0\0\0\0"
            })
    void whatIsNotAsItWasWrittenIsRefusedAndCanBeReplaced(String text) throws IOException {
        Files.writeString(path, text);
        assertThrows(IllegalArgumentException.class, file::read);
        file.write(SOME);
        assertEquals(SOME, file.read());
    }

    @Test
    void damagedFilesDoNoHarm() throws IOException {
        file.write(SOME);
        byte[] whole = Files.readAllBytes(path);
        Random random = new Random(20261128);
        int refused = 0;
        for (int i = 0; i < 200; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Files.write(path, damaged);
            try {
                file.read();
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertTrue(refused > 50, refused + " were refused");
    }

    @Test
    void withoutAnIdOfTheBootNothingIsReadOrWritten() throws IOException {
        file.write(SOME);
        host.boot("");
        assertThrows(IOException.class, file::read);
        assertThrows(IOException.class, () -> file.write(Map.of()));
        host.boot(BOOT);
        assertEquals(SOME, file.read());
    }

    @Test
    void fiveThousandLivesAreKeptAndMoreThanAnyHostHasAreNot() throws IOException {
        file.write(lives(5_000));
        assertEquals(lives(5_000), file.read());
        assertTrue(Files.size(path) < 256 << 10, Files.size(path) + " bytes");

        file.write(lives(100_000));
        assertEquals(StartTimesFile.MOST, file.read().size());
        assertTrue(Files.size(path) < 1 << 20, Files.size(path) + " bytes");
    }

    private static Map<QemuProcess, Instant> lives(int number) {
        Map<QemuProcess, Instant> all = new HashMap<>();
        for (int i = 0; i < number; i++) {
            all.put(new QemuProcess(4_000_000 + i, 1_000_000_000 + i), Instant.ofEpochSecond(BOOTED + i, 990_000_000));
        }
        return all;
    }
}
