package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.Reader.Seen;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * libvirtd fails in every way a host knows, while real QEMUs run on: CPU and memory of all VMs stay fresh, disks keep their
 * last values, no counter falls, no reset is made up, and all is fresh five seconds after it can be asked again. All
 * intervals are as shipped.
 */
@Tag("alone")
class OutageIT {
    private static final Set<String> ALL = Set.of("a", "b", "c");
    /** So that the time of the CPU is that of the newest sample, and not between one before and one after. */
    private static final String NO_MEAN = "sampling.cpu.samples=1";

    /** Two intervals of CPU time. */
    private static final long LONGEST_STANDSTILL_MILLIS = 10_000;

    private static final long LONGEST_RETURN_NANOS = TimeUnit.SECONDS.toNanos(5);

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
        agent = RunningAgent.on(host.dir(), host.uri(), NO_MEAN);
        reader = new Reader(agent.socket());
        agent.until("everything of all", () -> isComplete(reader.look()));
        // Its first answers took as long as a Java that has just begun.
        reader.took();
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
        measureOn();
        host.restart("KILL");
        returns("killed", begun());
    }

    /** Its sockets are gone meanwhile, as when a package is replaced. */
    @Test
    void anUpgradedLibvirtd() throws Exception {
        host.kill();
        for (String socket : List.of("libvirt-sock", "libvirt-sock-ro", "libvirt-admin-sock")) {
            Files.delete(host.sockets().resolve(socket));
        }
        measureOn();
        host.restart("KILL");
        returns("upgraded", begun());
    }

    @Test
    void aLibvirtdThatWasEndedAndStartedAgain() throws Exception {
        host.end("TERM");
        measureOn();
        host.restart("TERM");
        returns("ended and started", begun());
    }

    /** It starts the VM before it answers anybody, with the id that it had: nothing but its process tells of the new life. */
    @Test
    void aReplacedLibvirtdThatGivesTheSameIdAgain() throws Exception {
        try (QemuHost other = QemuHost.start()) {
            other.add("phoenix");
            String domain = other.domain("phoenix");
            other.virsh("autostart " + domain);
            other.replace();
            assertEquals("1", other.virsh("domid " + domain));
            String container = other.virsh("domuuid " + domain);
            try (RunningAgent served = RunningAgent.on(other.dir(), other.uri(), NO_MEAN);
                    Reader first = new Reader(served.socket())) {
                served.until("a VM that runs", () -> first.look().containsKey("phoenix"));
                String before = status(served, container);
                assertEquals(before, status(served, container));
                other.replace();
                assertEquals("1", other.virsh("domid " + domain));

                // Of all that it tells only the times of creation and start can change.
                served.until("a new life", () -> !status(served, container).equals(before));
                assertEquals(Set.of("phoenix"), first.look().keySet());
            }
        }
    }

    private static String status(RunningAgent served, String container) throws IOException {
        byte[] id = container.getBytes(StandardCharsets.US_ASCII);
        byte[] request = ByteBuffer.allocate(2 + id.length)
                .put((byte) 10)
                .put((byte) id.length)
                .put(id)
                .array();
        // One character for each byte: in UTF-8 most bytes of a timestamp would be the same replacement character.
        return new String(
                RawCall.answer(Path.of(served.socket()), "/runtime.v1.RuntimeService/ContainerStatus", request),
                StandardCharsets.ISO_8859_1);
    }

    /** Too short for anybody to miss something. */
    @Test
    void aRestartedLibvirtd() throws Exception {
        reader.lookOn();
        host.restart("TERM");
        goesOn(begun());
    }

    @Test
    void aFrozenLibvirtd() throws Exception {
        long daemon = host.daemon();
        QemuHost.signal("STOP", daemon);
        long thawed;
        try {
            measureOn();
        } finally {
            thawed = wallNanos();
            QemuHost.signal("CONT", daemon);
        }
        returns("frozen", thawed);
    }

    /**
     * Far longer than any VM may take to answer, and than a round: it is libvirtd that is out, and no VM is blamed for it or
     * stands still.
     */
    @Test
    void aFrozenLibvirtdIsToldInOneLineAndNoVmIsBlamed() throws Exception {
        agent.until("all is well", () -> reader.isHealthy("") && isComplete(reader.lookOn()));
        List<String> before = agent.log().lines().toList();
        long daemon = host.daemon();
        QemuHost.signal("STOP", daemon);
        try {
            Standstill standstill = new Standstill();
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); System.nanoTime() < end; ) {
                assertNobodyIsBlamed();
                reader.lookOn().forEach((vm, seen) -> {
                    standstill.note(vm + " cpu", seen.cpuTime());
                    standstill.note(vm + " memory", seen.memoryTime());
                });
                TimeUnit.MILLISECONDS.sleep(100);
            }
            System.out.printf("libvirtd frozen for 60 s: longest standstill %d ms%n", standstill.longestMillis());
            assertTrue(standstill.longestMillis() < LONGEST_STANDSTILL_MILLIS, standstill::toString);
            assertFalse(reader.isHealthy(""));
            assertTrue(reader.status().contains("does not answer"), reader.status());
            Shipped.Result check =
                    Shipped.run("check", "-D", "disk.source=block", "-D", "hypervisor.libvirt.uri=" + host.uri());
            assertEquals(4, check.exit(), check.toString());
            List<String> said = check.err().lines().toList();
            assertEquals(
                    "vmgauge: libvirt at " + host.uri()
                            + " accepts connections but does not answer: restart libvirtd if it does not recover",
                    said.get(said.size() - 1));
            assertTrue(said.get(0).startsWith("vmgauge: asking libvirt at "), check.err());
        } finally {
            QemuHost.signal("CONT", daemon);
        }
        agent.until("good health", () -> reader.isHealthy(""));
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(12); System.nanoTime() < end; ) {
            assertNobodyIsBlamed();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        List<String> lines = agent.log().lines().skip(before.size()).toList();
        assertEquals(2, lines.size(), lines::toString);
        assertTrue(
                lines.get(0)
                        .endsWith("WARNING The list of VMs is stale: libvirt at " + host.uri()
                                + " accepts connections but does not answer: restart libvirtd if it does not recover"),
                lines::toString);
        assertTrue(lines.get(1).endsWith("INFO Measuring 3 running VMs"), lines::toString);
    }

    private static void assertNobodyIsBlamed() {
        assertTrue(reader.status().contains("\"unresponsiveVms\":[]"), reader.status());
        for (String vm : ALL) {
            assertTrue(reader.isHealthy("vm/lab/" + vm), vm);
        }
    }

    /** Also while it begins, when it has listed nothing yet. */
    @Test
    void toBeToldToEndWhileItBeginsBeforeAFrozenLibvirtd() throws Exception {
        long daemon = host.daemon();
        QemuHost.signal("STOP", daemon);
        try {
            Random random = new Random(23);
            for (int i = 0; i < 8; i++) {
                ShutdownIT.Told told = ShutdownIT.Told.start(
                        Files.createDirectory(host.dir().resolve("told" + i)), host.uri(), "disk.source=block");
                TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(3000));
                told.end();
            }
        } finally {
            QemuHost.signal("CONT", daemon);
        }
        agent.until("good health", () -> reader.isHealthy(""));
    }

    /** It serves at once, nothing at first, and needs no hand when libvirtd comes. */
    @Test
    void aLibvirtdThatIsAbsentAtTheStart() throws Exception {
        host.kill();
        measureOn();
        try (RunningAgent early =
                        RunningAgent.on(Files.createDirectory(host.dir().resolve("early")), host.uri(), NO_MEAN);
                Reader first = new Reader(early.socket())) {
            assertEquals(Map.of(), first.look());
            early.until("bad health", () -> !first.isHealthy(""));
            host.restart("KILL");
            returns(early, first, "absent at the start", begun());
        }
        goesOn(begun());
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
        goesOn(wallNanos());
    }

    /**
     * The wall clock of the agent alone is changed; QEMU and libvirtd keep theirs. No counter and no time falls, values go
     * on coming, and none is too old of a sudden.
     */
    @Test
    void aClockThatIsSetBackAnHourAndForwardADay() throws Exception {
        Path dir = Files.createDirectory(host.dir().resolve("clock"));
        Path offset = Files.writeString(dir.resolve("offset"), "0");
        try (RunningAgent other = RunningAgent.within(skewed(dir, offset), dir, host.uri(), NO_MEAN);
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
            assertFalse(other.log().contains("The list of VMs is stale"), other.log());
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

                public final class SystemTime implements io.vmgauge.ports.outbound.TimeSource {
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

    /**
     * Until the agent says that libvirtd is gone, and then a little: what the kernel tells moves on, and what libvirt told
     * last stays as it is.
     */
    private static void measureOn() throws Exception {
        agent.until("bad health", () -> ALL.equals(reader.lookOn().keySet()) && !reader.isHealthy(""));
        // What was under way has ended by now or never will.
        TimeUnit.SECONDS.sleep(1);
        Map<String, Seen> before = reader.lookOn();
        assertTrue(isComplete(before));
        for (int i = 0; i < 10; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            Map<String, Seen> now = reader.lookOn();
            ALL.forEach(
                    vm -> assertEquals(seen(before, vm).ofQemu(), seen(now, vm).ofQemu(), vm));
        }
        agent.until("moving numbers", () -> isNewer(reader.lookOn(), before));
        assertTrue(reader.slowestMillis() < 2000, "an answer waited for libvirtd");
    }

    private static boolean isNewer(Map<String, Seen> now, Map<String, Seen> before) {
        return ALL.stream()
                .allMatch(vm -> seen(now, vm).cpuTime().orElseThrow()
                                > seen(before, vm).cpuTime().orElseThrow()
                        && seen(now, vm).memoryTime().orElseThrow()
                                > seen(before, vm).memoryTime().orElseThrow());
    }

    private static Seen seen(Map<String, Seen> all, String vm) {
        return Objects.requireNonNull(all.get(vm), vm);
    }

    private static void returns(String how, long since) throws Exception {
        returns(agent, reader, how, since);
    }

    /** To read is to wake a round, so nobody does it before the time is up; then one answer tells when all of it was. */
    private static void returns(RunningAgent who, Reader looking, String how, long since) throws Exception {
        long back = wallNanos();
        who.until("good health", () -> looking.isHealthy(""));
        TimeUnit.NANOSECONDS.sleep(back + LONGEST_RETURN_NANOS - wallNanos());
        Map<String, Seen> now = looking.lookOn();
        assertEquals(ALL, now.keySet());
        long last = Long.MIN_VALUE;
        for (Seen vm : now.values()) {
            for (OptionalLong time : List.of(vm.cpuTime(), vm.memoryTime(), vm.diskTime())) {
                long after = time.orElseThrow() - since;
                assertTrue(after > 0, () -> how + ": " + -after / 1_000_000 + " ms before the return in " + now);
            }
            last = Math.max(
                    last, Math.max(vm.memoryTime().orElseThrow(), vm.diskTime().orElseThrow()));
        }
        System.out.printf("libvirtd %s: all measured %d ms after it answered%n", how, (last - back) / 1_000_000);
        assertTrue(last - back < LONGEST_RETURN_NANOS, () -> "too late: " + now);
        // Who has only begun may have no rate yet: right after its start libvirtd does not know every CPU time.
        who.until("everything of all", () -> isComplete(looking.lookOn()));
    }

    /** Under the eyes of a reader. */
    private static void goesOn(long since) throws Exception {
        long begun = System.nanoTime();
        agent.until("fresh numbers", () -> reader.lookOn().values().stream()
                .allMatch(vm ->
                        vm.cpuTime().orElseThrow() > since && vm.memoryTime().orElseThrow() > since));
        assertTrue(millisSince(begun) < LONGEST_RETURN_NANOS / 1_000_000, "took " + millisSince(begun) + " ms");
        agent.until("good health", () -> reader.isHealthy(""));
        assertTrue(isComplete(reader.lookOn()));
    }

    /** When the libvirtd of now opened its socket: what is newer was measured by it. */
    private static long begun() throws IOException {
        return Files.getLastModifiedTime(host.sockets().resolve("libvirt-sock-ro"))
                .to(TimeUnit.NANOSECONDS);
    }

    private static long wallNanos() {
        return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
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
