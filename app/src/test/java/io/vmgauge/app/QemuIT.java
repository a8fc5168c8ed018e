package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The shipped agent before a real libvirtd with real QEMU guests: the numbers are true. */
@Tag("alone")
class QemuIT {
    private static final String CPU_RATE = "cpu.usageNanoCores";
    private static final String DISK_TIME = "writableLayer.timestamp";
    private static final String CPU_TIME = "cpu.timestamp";

    private static Path dir = Path.of("");
    private static Path lab = Path.of("");
    private static String prefix = "";

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static RunningAgent agent;

    @BeforeAll
    static void boot() throws Exception {
        // Short, since unix sockets have short paths.
        dir = Files.createTempDirectory("vmg");
        lab = dir.resolve("lab");
        Files.createDirectory(lab);
        Shipped.lab("libvirtd", "start", lab.toString());
        prefix = Shipped.lab("libvirtd", "prefix", lab.toString());
        Shipped.lab(
                "guest",
                lab.toString(),
                "busy",
                "--load",
                "100",
                "--metadata",
                pod("busy").toString());
        Shipped.lab("guest", lab.toString(), "held", "--metadata", pod("held").toString());
        Shipped.lab(
                "guest", lab.toString(), "asleep", "--metadata", pod("asleep").toString());
        agent = RunningAgent.on(
                dir,
                Shipped.lab("libvirtd", "uri", lab.toString()),
                // Of one sample, so that what is served is what was measured at the time that is served.
                "sampling.cpu.interval=1s",
                "sampling.cpu.samples=1",
                "sampling.memory.interval=1s",
                "sampling.disk.interval=2s");
    }

    @AfterAll
    static void end() throws Exception {
        try {
            agent.close();
        } finally {
            Shipped.lab("libvirtd", "stop", lab.toString());
            deleteAll(dir);
        }
    }

    /**
     * About: other programs want the host's processors too, and QEMU has a little to do beside its one virtual CPU. What
     * it got, the host itself says, at the very times that the agent gives.
     */
    @Test
    void aVmThatBurnsOneCpuShowsAboutABillionNanoCores() throws Exception {
        NavigableMap<Long, Long> host = new TreeMap<>();
        try (Reader reader = new Reader(agent.socket())) {
            agent.until("a rate", () -> seen(reader, "busy").nanoCores().isPresent());
            follow(host, 2);
            Reader.Seen first = seen(reader, "busy");
            follow(host, 5);
            Reader.Seen second = seen(reader, "busy");
            follow(host, 1);
            long rate = second.nanoCores().orElseThrow();
            double seconds = (second.cpuTime().orElseThrow() - first.cpuTime().orElseThrow()) / 1e9;
            double real = (at(host, second.cpuTime().orElseThrow())
                            - at(host, first.cpuTime().orElseThrow()))
                    / seconds;
            System.out.printf("%d nanocores over %.3f s, %.0f says the host%n", rate, seconds, real);
            assertTrue(rate < 1_100_000_000L, "nanocores: " + rate);
            assertTrue(Math.abs(rate - real) < 0.1 * real, "nanocores: " + rate + ", but the host says " + real);
        }
    }

    private static Reader.Seen seen(Reader reader, String pod) {
        Reader.Seen seen = reader.look().get(pod);
        if (seen == null) {
            throw new AssertionError("no " + pod);
        }
        return seen;
    }

    /** Notes what the host says, by its clock. */
    private static void follow(NavigableMap<Long, Long> host, int seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            host.put(System.currentTimeMillis() * 1_000_000, cpuNanos("busy"));
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static double at(NavigableMap<Long, Long> host, long time) {
        Map.Entry<Long, Long> before = Objects.requireNonNull(host.floorEntry(time), "nobody looked so early");
        Map.Entry<Long, Long> after = Objects.requireNonNull(host.higherEntry(time), "nobody looked so late");
        double part = (double) (time - before.getKey()) / (after.getKey() - before.getKey());
        return before.getValue() + part * (after.getValue() - before.getValue());
    }

    @Test
    void theWorkingSetIsWhatQemuHolds() throws Exception {
        agent.until("memory", () -> stats("busy").hasPath("memory.workingSetBytes"));
        long served = stats("busy").getLong("memory.workingSetBytes.value");
        long resident = residentBytes("busy");
        assertTrue(Math.abs(served - resident) < resident / 10, "served " + served + " of " + resident);
    }

    @Test
    void theWritableLayerIsWhatItsImageTakesOnTheHost() throws Exception {
        agent.until("disk", () -> stats("busy").hasPath("writableLayer.usedBytes"));
        long served = stats("busy").getLong("writableLayer.usedBytes.value");
        long onHost = allocated("busy");
        assertTrue(Math.abs(served - onHost) <= 1 << 20, "served " + served + " of " + onHost);
        assertFalse(stats("busy").hasPath("writableLayer.fsId"), "an fs_id is set");
    }

    @Test
    void aPausedVmShowsZeroAndStaysListed() throws Exception {
        agent.until("a rate", () -> stats("asleep").hasPath(CPU_RATE));
        virsh("suspend", "asleep");
        // The first rate may still hold some of the time before.
        TimeUnit.SECONDS.sleep(3);
        agent.stats();
        TimeUnit.SECONDS.sleep(3);
        long rate = stats("asleep").getLong(CPU_RATE + ".value");
        System.out.println("paused: " + rate + " nanocores");
        // Its guest stands still, but its monitor answers the agent once a second, which takes QEMU about two
        // milliseconds.
        assertTrue(rate < 5_000_000, "nanocores: " + rate);
    }

    @Test
    void theTimeOfTheCpuMovesBetweenTwoLooksOneSecondApart() throws Exception {
        agent.until("a time", () -> stats("busy").hasPath(CPU_TIME));
        long before = stats("busy").getLong(CPU_TIME);
        TimeUnit.SECONDS.sleep(1);
        assertTrue(stats("busy").getLong(CPU_TIME) > before, "crictl would fail: the timestamp stood still");
    }

    @Test
    void aStoppedQemuHoldsUpNobodyAndComesBack() throws Exception {
        long pid = pid("held");
        signal("STOP", pid);
        try {
            agent.until("a word of it", () -> agent.log().contains("is left alone"));
            long before = stats("busy").getLong(DISK_TIME);
            agent.until("the disk of the other anew", () -> stats("busy").getLong(DISK_TIME) > before);
            long stuck = stats("held").getLong(DISK_TIME);
            long memory = stats("held").getLong("memory.timestamp");
            TimeUnit.SECONDS.sleep(3);
            assertEquals(stuck, stats("held").getLong(DISK_TIME));
            agent.until("fresh memory of it", () -> stats("held").getLong("memory.timestamp") > memory);
        } finally {
            signal("CONT", pid);
        }
        agent.until("the end of it", () -> agent.log().contains("answers again"));
        long after = stats("held").getLong(DISK_TIME);
        agent.until("its disk anew", () -> stats("held").getLong(DISK_TIME) > after);
    }

    @Test
    void aRestartOfLibvirtdLosesNothing() throws Exception {
        agent.until("a rate", () -> stats("busy").hasPath(CPU_RATE));
        long before = stats("busy").getLong("cpu.usageCoreNanoSeconds.value");
        Shipped.lab("libvirtd", "restart", lab.toString(), "KILL");
        assertTrue(stats("busy").getLong("cpu.usageCoreNanoSeconds.value") >= before);
        long stamp = stats("busy").getLong(CPU_TIME);
        agent.until("fresh numbers", () -> stats("busy").getLong(CPU_TIME) > stamp + 2_000_000_000L);
        assertTrue(stats("busy").getLong("cpu.usageCoreNanoSeconds.value") > before);
    }

    private static Config stats(String pod) throws Exception {
        Map<String, Config> all = agent.stats();
        Config stats = all.get(pod);
        if (stats == null) {
            throw new AssertionError("no " + pod + " in " + all.keySet() + "; the agent said " + agent.log());
        }
        return stats;
    }

    private static Path pod(String name) throws IOException {
        return Files.writeString(
                dir.resolve(name + ".xml"),
                "<vmgauge:pod xmlns:vmgauge='urn:vmgauge:pod:1' namespace='lab' name='" + name + "'/>");
    }

    private static void virsh(String verb, String name) throws Exception {
        Shipped.lab("libvirtd", "virsh", lab.toString(), verb, prefix + "-" + name);
    }

    private static long pid(String name) throws IOException {
        return Long.parseLong(Files.readString(lab.resolve("run/qemu/" + prefix + "-" + name + ".pid"))
                .strip());
    }

    private static long residentBytes(String name) throws IOException {
        return OnHost.residentBytes(pid(name));
    }

    private static long cpuNanos(String name) throws IOException {
        return OnHost.cpuNanos(pid(name));
    }

    private static Path image(String name) throws IOException {
        try (Stream<Path> images = Files.list(lab.resolve("images"))) {
            return images.filter(file -> file.getFileName().toString().contains(name))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static long allocated(String name) throws Exception {
        return OnHost.allocated(image(name));
    }

    private static void signal(String name, long pid) throws Exception {
        output("kill", "-" + name, Long.toString(pid));
    }

    private static String output(String... command) throws Exception {
        Process process = new ProcessBuilder(command).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), String.join(" ", command));
        return out.strip();
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
