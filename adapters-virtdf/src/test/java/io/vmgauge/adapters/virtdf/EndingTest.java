package io.vmgauge.adapters.virtdf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.virtdf.run.ProcessTable;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.spi.Filesystems;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever a virt-df does, nothing of it is left. */
class EndingTest {
    /**
     * A virt-df that ignores every signal it can. It has children, grandchildren, a process that left its session and
     * has no parent, and one that also dropped its environment. All write their pids to the file pids; one says when it
     * was asked to end.
     */
    private static final String STUBBORN =
            """
            trap '' TERM INT HUP QUIT USR1 USR2 PIPE
            pids=$(dirname "$0")/pids
            echo $$ >> "$pids"
            child() { trap '' TERM INT HUP; echo $BASHPID >> "$pids"; (trap '' TERM; echo $BASHPID >> "$pids"; while :; do sleep 1000; done) & while :; do sleep 1000; done; }
            child & child &
            (setsid bash -c 'trap "" TERM; echo $$ >> '"$pids"'; while :; do sleep 1000; done' &)
            (env -i setsid bash -c 'trap "" TERM; echo $$ >> '"$pids"'; while :; do /bin/sleep 1000; done' &)
            perl -e '$SIG{TERM} = sub { open F, ">", "$ARGV[0].asked" }; open F, ">>", $ARGV[0]; print F "$$\\n"; close F; sleep 1 while 1' "$pids" &
            while [ "$(wc -l < "$pids")" -lt 8 ]; do sleep 0.05; done
            mkdir -p "$TMPDIR/libguestfsABC123/deep"; echo left > "$TMPDIR/libguestfsABC123/deep/file"
            echo $$ > "$(dirname "$0")/started"
            while :; do sleep 1000; done
            """;

    private final Playground playground = new Playground();
    private final DiskImage disk = new DiskImage(
            playground.write("disk", "\0".repeat(4096), "rw-------").toString(), "raw");

    @AfterEach
    void end() {
        playground.close();
    }

    @Test
    void aHungOneIsGoneWithinItsLimitPlusTenSecondsWithAllItStarted() throws Exception {
        try (Filesystems virtDf = playground.open(playground.script("stubborn", STUBBORN), "time-limit = 6s")) {
            long began = System.nanoTime();
            assertEquals("virt-df took longer than 6 s and was ended", why(virtDf));
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            assertTrue(took.compareTo(Duration.ofSeconds(16)) < 0, took.toString());
            assertNothingRuns();
            assertEquals(List.of(), runs());
            assertTrue(Files.exists(playground.directory.resolve("pids.asked")), "killed without being asked first");
        }
        assertEquals(List.of(), Playground.in(playground.runs()));
    }

    @Test
    void anApplianceThatIsHalfMadeIsRemovedButNotAFinishedOneNorWhileSomebodyMakesIt() throws Exception {
        Path cache = playground.directory.resolve("cache/.guestfs-0");
        String maker = "cd $LIBGUESTFS_CACHEDIR; mkdir -p .guestfs-0/appliance.d .guestfs-0/appliance.d.x7f/deep;"
                + " touch .guestfs-0/lock .guestfs-0/appliance.d.x7f/deep/root; sleep 1000";
        try (Filesystems virtDf = playground.open(playground.script("maker", maker), "time-limit = 5s")) {
            why(virtDf);
        }
        assertTrue(Files.exists(cache.resolve("appliance.d")));
        assertFalse(Files.exists(cache.resolve("appliance.d.x7f")));

        Files.createDirectory(cache.resolve("appliance.d.other"));
        // By fcntl, as supermin does it.
        Process other = new ProcessBuilder(
                        "perl",
                        "-e",
                        "use Fcntl; open(F, '+<', $ARGV[0]);"
                                + " my $l = pack('s s x![l!] l! l! i x![l!]', F_WRLCK, 0, 0, 0, 0);"
                                + " fcntl(F, F_SETLKW, $l) or die; $| = 1; print 'x'; sleep 1000",
                        cache.resolve("lock").toString())
                .start();
        assertEquals('x', other.getInputStream().read());
        playground.open(playground.directory.resolve("absent")).close();
        assertTrue(Files.exists(cache.resolve("appliance.d.other")), "made by somebody right now");
        other.destroyForcibly().waitFor();
        playground.open(playground.directory.resolve("absent")).close();
        assertFalse(Files.exists(cache.resolve("appliance.d.other")));
    }

    @Test
    void aHungOneIsGoneWhenTheAdapterIsClosed() throws Exception {
        Filesystems virtDf = playground.open(playground.script("stubborn", STUBBORN));
        Thread reading = new Thread(() -> why(virtDf));
        reading.start();
        await(playground.directory.resolve("started"));
        virtDf.close();
        assertNothingRuns();
        assertFalse(
                Files.exists(playground.directory.resolve("pids.asked")),
                "whoever told us to end does not wait for it");
        assertEquals(List.of(), Playground.in(playground.runs()));
        reading.join(1000);
        assertFalse(reading.isAlive());
    }

    /** Here the file that its output goes to is gone. */
    @Test
    void whateverGoesWrongWhileItRunsItIsEnded() throws Exception {
        String body = STUBBORN.replace("while :; do sleep 1000; done\n", "rm \"$TMPDIR/stdout\"; sleep 1000\n");
        try (Filesystems virtDf = playground.open(playground.script("stubborn", body))) {
            assertTrue(why(virtDf).contains("cannot be run: "), why(virtDf));
            assertNothingRuns();
            assertEquals(List.of(), runs());
        }
    }

    @Test
    void whatOneLeavesBehindAfterAnOrderlyEndIsEndedToo() {
        try (Filesystems virtDf = playground.open(playground.script("forgetful", "(sleep 1000 &)\nexit 3"))) {
            assertEquals("virt-df ended with 3: it did not say why", why(virtDf));
            assertEquals(List.of(), playground.processes());
        }
    }

    @Test
    void oneThatPrintsWithoutEndIsEnded() {
        try (Filesystems virtDf = playground.open(playground.script("talker", "exec yes"))) {
            assertEquals("virt-df printed too much and was ended", why(virtDf));
            assertEquals(List.of(), playground.processes());
        }
    }

    @Test
    void theReasonIsItsErrorInOneHarmlessLine() {
        String body = "printf 'If reporting bugs\\nlibguestfs: error: a\\033[31mb\\n more\\n' >&2; exit 1";
        try (Filesystems virtDf = playground.open(playground.script("sad", body))) {
            assertEquals("virt-df ended with 1: libguestfs: error: a?[31mb", why(virtDf));
        }
    }

    /** Or a log that says each reason once would say it at each reading. */
    @Test
    void theSameFailureHasTheSameReasonEachTime() {
        String body = "dir=$(mktemp -d \"$TMPDIR/libguestfsXXXXXX\"); echo \"libguestfs: error: $dir/overlay1:"
                + " no room in $TMPDIR, appliance.d.$(mktemp -u XXXXXX)\" >&2; exit 1";
        try (Filesystems virtDf = playground.open(playground.script("sad", body))) {
            assertEquals(
                    "virt-df ended with 1: libguestfs: error: libguestfs/overlay1: no room in , appliance.d.",
                    why(virtDf));
            assertEquals(why(virtDf), why(virtDf));
        }
        playground.write("file", "", "rw-------");
        try (Filesystems virtDf = playground.open(
                playground.directory.resolve("sad"),
                "temp-directory = \"" + playground.directory.resolve("file/runs") + "\"")) {
            assertEquals(why(virtDf), why(virtDf));
        }
    }

    @Test
    void oneThatSaysNonsenseIsNoNumber() {
        try (Filesystems virtDf = playground.open(playground.script("liar", "echo 42"))) {
            assertTrue(why(virtDf).startsWith("virt-df's output cannot be used: "), why(virtDf));
        }
    }

    @Test
    void aProgramThatIsNotThereIsSaid() {
        try (Filesystems virtDf = playground.open(playground.directory.resolve("absent"))) {
            assertTrue(why(virtDf).startsWith("virt-df ended with 127: "), why(virtDf));
            assertTrue(virtDf.check().get(0).remedy().contains("guestfs-tools"));
        }
    }

    @Test
    void itsLanguageItsPlacesAndItsRankAreSet() {
        String body = "echo \"libguestfs: error: $LC_ALL $LIBGUESTFS_BACKEND $LIBGUESTFS_BACKEND_SETTINGS"
                + " $(nice) ${LIBGUESTFS_TMPDIR##*/} ${LIBGUESTFS_CACHEDIR##*/} $# $*\" >&2; exit 1";
        try (Filesystems virtDf = playground.open(playground.script("echo", body))) {
            String said = why(virtDf);
            assertTrue(
                    said.matches(".* error: C direct force_tcg 19 run-[0-9]+ cache 4 --csv --format=raw -a /.*/disk"),
                    said);
        }
    }

    @Test
    void aReadingWaitsForMemoryAndGivesUp() {
        Filesystems virtDf =
                playground.open(playground.script("unused", "exit 0"), "memory-floor-mib = 1000000", "time-limit = 1s");
        try (virtDf) {
            assertEquals("the host has had less than 1000000 MiB of memory available for 1 s", why(virtDf));
        }
    }

    @Test
    void whatAnAgentThatWasKilledLeftIsSweptByTheNextAndOthersAreSpared() throws Exception {
        Filesystems living = playground.open(playground.script("stubborn", STUBBORN));
        Thread reading = new Thread(() -> why(living));
        reading.start();
        await(playground.directory.resolve("started"));
        // A dead agent's directory: like a living one's, but nobody holds the lock.
        Path dead = Files.createDirectories(playground.runs().resolve("agent-dead/run-1"));
        Files.createFile(dead.resolveSibling("lock"));
        Files.createFile(dead.resolve("begun"));
        ProcessBuilder orphan = new ProcessBuilder("bash", "-c", "trap '' TERM; sleep 1000 & wait");
        orphan.environment().put(ProcessTable.MARK, dead.toString());
        Process left = orphan.start();
        int others =
                Playground.of(playground.runs()).size() - Playground.of(dead).size();
        assertTrue(others > 0);

        playground.open(playground.directory.resolve("actor")).close();

        assertTrue(left.waitFor(1, TimeUnit.SECONDS));
        assertEquals(List.of(), Playground.of(dead));
        assertFalse(Files.exists(dead.getParent()));
        assertTrue(playground.processes().size() >= others, "another agent's run was ended");
        living.close();
        reading.join(1000);
    }

    @Test
    void theSocketsThatARunLeavesInTmpAreRemovedAndThoseOfOthersAreNot() throws Exception {
        Path others = Files.createDirectory(socketDirectory());
        Path old = Files.createDirectory(socketDirectory());
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(60)));
        Path left = socketDirectory();
        String body = "mkdir " + left + " && touch " + left + "/guestfsd.sock; exit 1";
        try (ServerSocketChannel living = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            living.bind(UnixDomainSocketAddress.of(others.resolve("guestfsd.sock")));
            Files.setLastModifiedTime(others, FileTime.from(Instant.now().plusSeconds(60)));
            try (Filesystems virtDf = playground.open(playground.script("litterer", body))) {
                why(virtDf);
            }
            assertFalse(Files.exists(left));
            assertTrue(Files.exists(others), "somebody uses it");
            assertTrue(Files.exists(old), "it is from before");
        } finally {
            Files.deleteIfExists(others.resolve("guestfsd.sock"));
            Files.deleteIfExists(others);
            Files.deleteIfExists(old);
        }
    }

    private static Path socketDirectory() {
        return Path.of("/tmp/libguestfs" + UUID.randomUUID().toString().substring(0, 6));
    }

    private String why(Filesystems virtDf) {
        return assertInstanceOf(
                        Unresponsive.class, virtDf.meter().measure(new VmId("vm"), new Incarnation(1), List.of(disk)))
                .why();
    }

    /** Of what the stubborn one started, by its own word. A zombie that has lost its parent is its heir's to remove. */
    private void assertNothingRuns() throws IOException {
        List<String> pids = Files.readAllLines(playground.directory.resolve("pids"));
        assertTrue(pids.size() >= 8, pids.toString());
        for (String pid : pids) {
            assertFalse(Files.exists(Path.of("/proc", pid, "exe")), pid + " still runs");
        }
        assertEquals(
                List.of(),
                ProcessHandle.current().children().filter(EndingTest::isZombie).toList());
        assertEquals(List.of(), playground.processes());
    }

    private static boolean isZombie(ProcessHandle process) {
        return !Files.exists(Path.of("/proc/" + process.pid() + "/exe")) && process.isAlive();
    }

    private List<Path> runs() {
        return Playground.in(playground.runs()).stream()
                .flatMap(agent -> Playground.in(agent).stream())
                .filter(Files::isDirectory)
                .toList();
    }

    private static void await(Path file) throws InterruptedException {
        for (int i = 0; !Files.exists(file); i++) {
            assertTrue(i < 1000, "no " + file);
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
