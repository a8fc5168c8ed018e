package io.vmgauge.linux.process;

import static io.vmgauge.linux.process.HostProc.BOOTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When processes began, of real ones and on a host whose /proc a test writes. */
class StartTimesTest {
    private static final Path REAL = Path.of("/proc");
    /** As ps writes it: Sat Nov 28 09:33:04 2026. */
    private static final DateTimeFormatter LSTART =
            DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss yyyy", Locale.ENGLISH);

    private final HostProc host;
    private final StartTimes times;

    StartTimesTest(@TempDir Path proc) {
        this.host = new HostProc(proc);
        this.times = new StartTimes(proc, Map.of());
    }

    /** The time of the boot is in whole seconds, and ps rounds to them too. */
    @Test
    void aRealProcessBeganWhenItWasStarted() throws Exception {
        Instant before = Instant.now();
        Process sleep = new ProcessBuilder("sleep", "60").start();
        try {
            QemuProcess process = QemuProcess.of(REAL, sleep.pid()).orElseThrow();
            Instant started = new StartTimes(REAL, Map.of()).of(process).orElseThrow();
            assertNear(before, started);
            assertNear(ps(sleep.pid()), started);
        } finally {
            sleep.destroyForcibly().waitFor();
        }
    }

    private static void assertNear(Instant expected, Instant actual) {
        Duration between = Duration.between(expected, actual).abs();
        assertTrue(between.compareTo(Duration.ofSeconds(2)) <= 0, actual + " is not about " + expected);
    }

    private static Instant ps(long pid) throws IOException, InterruptedException {
        ProcessBuilder ps = new ProcessBuilder("ps", "-o", "lstart=", "-p", Long.toString(pid));
        ps.environment().putAll(Map.of("LC_ALL", "C", "TZ", "UTC"));
        Process running = ps.start();
        String date = new String(running.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertEquals(0, running.waitFor(), date);
        return LocalDateTime.parse(date.strip().replaceAll(" +", " "), LSTART).toInstant(ZoneOffset.UTC);
    }

    @Test
    void itIsTheTimeOfTheBootAndTheTicksSince() {
        assertEquals(
                Optional.of(Instant.ofEpochSecond(BOOTED + 900, 10_000_000)), times.of(new QemuProcess(4711, 90_001)));
    }

    @Test
    void itStaysThoughTheClockIsSet() {
        QemuProcess one = host.starts(4711, 100);
        assertEquals(Optional.of(Instant.ofEpochSecond(BOOTED + 1)), times.of(one));
        host.booted(BOOTED + 3600);
        times.keepOnly(Set.of(one));

        assertEquals(Optional.of(Instant.ofEpochSecond(BOOTED + 1)), times.of(one));
        assertEquals(Optional.of(Instant.ofEpochSecond(BOOTED + 3602)), times.of(host.starts(4712, 200)));
    }

    /** A large host takes milliseconds to write the file that has it. */
    @Test
    void theBootIsReadOnceInAListing() {
        times.of(host.starts(4711, 100));
        host.remove("stat");

        assertEquals(Optional.of(Instant.ofEpochSecond(BOOTED + 2)), times.of(host.starts(4712, 200)));
    }

    @Test
    void whatTheKernelDoesNotTellIsAbsentAndNotRemembered() {
        QemuProcess one = host.starts(4711, 100);
        host.remove("stat");
        assertEquals(Optional.empty(), times.of(one));
        host.write("stat", "cpu  1 2 3\nbtime soon\n");
        assertEquals(Optional.empty(), times.of(one));
        host.write("stat", "cpu  1 2 3\n");
        assertEquals(Optional.empty(), times.of(one));
        assertEquals(Map.of(), times.all());
    }

    @Test
    void aProcessThatEndedIsForgottenAndOneThatIsOnlyNotListedIsNot() {
        QemuProcess listed = host.starts(1, 100);
        QemuProcess ended = host.starts(2, 100);
        QemuProcess replaced = host.starts(3, 100);
        QemuProcess silent = host.starts(4, 100);
        Set.of(listed, ended, replaced, silent).forEach(times::of);
        host.ends(ended);
        host.starts(3, 200);

        times.keepOnly(Set.of(listed));

        assertEquals(Set.of(listed, silent), times.all().keySet());
    }

    @Test
    void theSameStartIsRememberedOfAnEarlierLifeOfTheAgent() {
        QemuProcess one = host.starts(4711, 100);
        Map<QemuProcess, Instant> before = Map.of(one, Instant.ofEpochSecond(5, 6));

        assertEquals(Optional.of(Instant.ofEpochSecond(5, 6)), new StartTimes(host.path(), before).of(one));
        assertFalse(times.of(one).equals(Optional.of(Instant.ofEpochSecond(5, 6))));
    }
}
