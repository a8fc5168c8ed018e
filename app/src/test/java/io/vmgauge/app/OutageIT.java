package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.Reader.Seen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * libvirtd fails in every way a host knows, while real QEMUs run on: answers go on from memory, no counter falls, no reset
 * is made up, and all is fresh soon after its return. Promised are five seconds; hosts of tests are busy, so the tests
 * allow three times that, and print what it was.
 */
class OutageIT {
    private static final Set<String> ALL = Set.of("a", "b", "c");
    private static final String[] EVERY_SECOND = {
        "sampling.cpu.interval=1s",
        "sampling.memory.interval=1s",
        "sampling.network.interval=1s",
        "sampling.disk.interval=1s"
    };
    private static final long LONGEST_RETURN_SECONDS = 15;

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static QemuHost host;

    @SuppressWarnings("NullAway.Init")
    private static RunningAgent agent;

    @SuppressWarnings("NullAway.Init")
    private static Reader reader;

    @BeforeAll
    static void boot() throws Exception {
        host = QemuHost.start();
        for (String vm : ALL) {
            host.add(vm);
        }
        agent = RunningAgent.on(host.dir(), host.uri(), EVERY_SECOND);
        reader = new Reader(agent.socket());
        agent.until("everything of all", () -> isComplete(reader.look()));
    }

    @AfterAll
    static void end() throws Exception {
        try {
            reader.close();
            agent.close();
        } finally {
            host.close();
        }
    }

    @Test
    void aKilledLibvirtd() throws Exception {
        host.kill();
        serveFromMemory();
        host.restart("KILL");
        returns("killed");
    }

    /** Its sockets are gone meanwhile, as when a package is replaced. */
    @Test
    void anUpgradedLibvirtd() throws Exception {
        host.kill();
        for (String socket : List.of("libvirt-sock", "libvirt-sock-ro", "libvirt-admin-sock")) {
            Files.delete(host.sockets().resolve(socket));
        }
        serveFromMemory();
        host.restart("KILL");
        returns("upgraded");
    }

    @Test
    void aRestartedLibvirtd() throws Exception {
        reader.lookOn();
        host.restart("TERM");
        returns("restarted");
    }

    @Test
    void aFrozenLibvirtd() throws Exception {
        long daemon = host.daemon();
        QemuHost.signal("STOP", daemon);
        try {
            serveFromMemory();
        } finally {
            QemuHost.signal("CONT", daemon);
        }
        returns("frozen");
    }

    /** It serves at once, nothing at first, and needs no hand when libvirtd comes. */
    @Test
    void aLibvirtdThatIsAbsentAtTheStart() throws Exception {
        host.kill();
        try (RunningAgent early =
                        RunningAgent.on(Files.createDirectory(host.dir().resolve("early")), host.uri(), EVERY_SECOND);
                Reader first = new Reader(early.socket())) {
            assertEquals(Map.of(), first.look());
            early.until("bad health", () -> !first.isHealthy(""));
            host.restart("KILL");
            long back = System.nanoTime();
            early.until("all VMs", () -> isComplete(first.lookOn()));
            report("absent at the start", back);
            early.until("good health", () -> first.isHealthy(""));
        }
        returns("killed for another agent");
    }

    /**
     * In the middle of a round, of a visit to a QEMU, and before a libvirtd that answers no farewell and would be given up
     * after 20 seconds only.
     */
    @Test
    void toBeToldToEndBeforeAFrozenLibvirtdTakesNoLonger() throws Exception {
        RunningAgent other = RunningAgent.on(
                Files.createDirectory(host.dir().resolve("other")),
                host.uri(),
                "sampling.cpu.interval=100ms",
                "sampling.memory.interval=1s",
                "hypervisor.libvirt.keepalive.count=20");
        long daemon = host.daemon();
        long qemu = host.qemu("b");
        try {
            QemuHost.signal("STOP", qemu);
            other.until("a stuck call", () -> other.log().contains("is left alone"));
            QemuHost.signal("STOP", daemon);
            TimeUnit.SECONDS.sleep(1);
            long begun = System.nanoTime();
            assertEquals(0, other.end(), other.log());
            System.out.printf("ended before a frozen libvirtd after %d ms%n", millisSince(begun));
            assertFalse(Files.exists(Path.of(other.socket())));
        } finally {
            QemuHost.signal("CONT", daemon);
            QemuHost.signal("CONT", qemu);
            other.close();
        }
        returns("frozen for another agent");
    }

    /**
     * The wall clock of the agent alone is changed; QEMU and libvirtd keep theirs. No counter and no time falls, values go
     * on coming, and none is too old of a sudden.
     */
    @Test
    void aClockThatIsSetBackAnHourAndForwardADay() throws Exception {
        Path dir = Files.createDirectory(host.dir().resolve("clock"));
        Path offset = Files.writeString(dir.resolve("offset"), "0");
        try (RunningAgent other = RunningAgent.within(skewed(dir, offset), dir, host.uri(), EVERY_SECOND);
                Reader looking = new Reader(other.socket())) {
            other.until("everything of all", () -> isComplete(looking.lookOn()));
            for (int hours : new int[] {-1, 24, 0}) {
                long before = newest(looking.lookOn());
                // In one step, or the agent might read the empty file between the two.
                Files.move(
                        Files.writeString(dir.resolve("next"), Integer.toString(hours)),
                        offset,
                        StandardCopyOption.ATOMIC_MOVE);
                // Two seconds on the agent's clock, which goes at nine tenths of its pace while it is ahead.
                other.until(
                        "fresh numbers at " + hours + " h", () -> newest(looking.lookOn()) > before + 2_000_000_000L);
                TimeUnit.SECONDS.sleep(1);
                assertTrue(isComplete(looking.lookOn()), "something was too old at " + hours + " h");
                long ahead = newest(looking.lookOn()) - System.currentTimeMillis() * 1_000_000;
                assertEquals(hours == -1 ? 0 : 24, Math.round(ahead / 3.6e12), "hours ahead at " + hours + " h");
            }
            assertFalse(other.log().contains("No fresh numbers"), other.log());
            assertTrue(looking.isHealthy(""));
        }
    }

    /**
     * Another clock in the place of the one class of the agent that reads clocks. (libfaketime would skew the whole
     * process, but Java hangs under it now and then.)
     */
    private static List<String> skewed(Path dir, Path offset) throws Exception {
        Path source = Files.writeString(
                Files.createDirectory(dir.resolve("source")).resolve("SystemTime.java"),
                """
                package io.vmgauge.app;

                final class SystemTime implements io.vmgauge.ports.outbound.TimeSource {
                    @Override
                    public io.vmgauge.domain.sample.Moment now() {
                        try {
                            long hours = Long.parseLong(java.nio.file.Files.readString(java.nio.file.Path.of("%s")));
                            return new io.vmgauge.domain.sample.Moment(
                                    java.time.Instant.now().plusSeconds(hours * 3600), System.nanoTime());
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    }
                }
                """
                        .formatted(offset));
        Path classes = dir.resolve("classes");
        Shipped.Result javac = Shipped.execute(List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "--release",
                "17",
                "-d",
                classes.toString(),
                "-p",
                Shipped.home().resolve("lib").toString(),
                "--patch-module",
                "io.vmgauge.app=" + source.getParent(),
                source.toString()));
        assertEquals(0, javac.exit(), javac.toString());
        return List.of("env", "VMGAUGE_JAVA_OPTS=--patch-module=io.vmgauge.app=" + classes);
    }

    private static long newest(Map<String, Seen> all) {
        return all.values().stream()
                .mapToLong(vm -> vm.cpuTime().orElseThrow())
                .max()
                .orElseThrow();
    }

    /** Until the agent says that libvirtd is gone, and then a little: the last values stay as they are. */
    private static void serveFromMemory() throws Exception {
        agent.until("bad health", () -> ALL.equals(reader.lookOn().keySet()) && !reader.isHealthy(""));
        // What was under way has ended by now or never will.
        TimeUnit.SECONDS.sleep(1);
        Map<String, Seen> before = reader.lookOn();
        assertTrue(isComplete(before));
        for (int i = 0; i < 10; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            assertEquals(before, reader.lookOn());
        }
        assertTrue(reader.slowestMillis() < 2000, "an answer waited for libvirtd");
    }

    private static void returns(String how) throws Exception {
        long back = System.nanoTime();
        long wall = System.currentTimeMillis() * 1_000_000;
        agent.until("fresh numbers", () -> reader.lookOn().values().stream()
                .allMatch(vm -> vm.cpuTime().orElseThrow() > wall
                        && vm.memoryTime().orElseThrow() > wall
                        && vm.diskTime().orElseThrow() > wall));
        report(how, back);
        agent.until("good health", () -> reader.isHealthy(""));
        assertTrue(isComplete(reader.lookOn()));
    }

    private static void report(String how, long back) {
        long millis = millisSince(back);
        System.out.printf("libvirtd %s: all fresh %d ms after its return%n", how, millis);
        assertTrue(millis < LONGEST_RETURN_SECONDS * 1000, "took " + millis + " ms");
    }

    private static long millisSince(long begun) {
        return (System.nanoTime() - begun) / 1_000_000;
    }

    private static boolean isComplete(Map<String, Seen> all) {
        return all.keySet().equals(ALL)
                && all.values().stream()
                        .allMatch(vm -> vm.nanoCores().isPresent()
                                && vm.workingSet().isPresent()
                                && vm.diskTime().isPresent()
                                && vm.received().isPresent());
    }
}
