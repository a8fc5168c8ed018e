package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The shipped agent with the real virt-df before real QEMU guests: what is served is what df says. In order and on one
 * agent, since every reading takes a quarter of a minute of a processor here.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FilesystemsIT {
    private static final String USED = "writableLayer.usedBytes.value";
    private static final String TIME = "writableLayer.timestamp";
    private static final int READING_SECONDS = 150;
    private static final long FILL = 50L << 20;

    private static final Map<String, Long> MADE_WITH = new HashMap<>();
    private static Path dir = Path.of("");
    private static Path lab = Path.of("");

    /** What others left behind before, such as a build that was killed. */
    private static List<Path> earlierSockets = List.of();

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static RunningAgent agent;

    @BeforeAll
    static void boot() throws Exception {
        dir = Files.createTempDirectory("vmd");
        lab = Files.createDirectory(dir.resolve("lab"));
        earlierSockets = sockets();
        Shipped.lab("libvirtd", "start", lab.toString());
        guest("plain", "--disk", "96", "--fill", "50");
        guest("two", "--disk-file", disk("partitioned", "part", 64), "--disk-file", disk("lvm", "lvm.qcow2", 96));
        guest("blank", "--disk-file", disk("blank", "blank", 16));
        guest("none", "--disk", "0");
        agent = start();
    }

    /** On a busy machine the lowest priority can mean minutes. */
    private static RunningAgent start() throws Exception {
        return asShippedBut("filesystems.virt-df.nice=0", "filesystems.virt-df.io-class=normal");
    }

    private static RunningAgent asShippedBut(String... more) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "disk.source=virt-df",
                "filesystems.virt-df.command=" + Path.of(System.getProperty("lab.dir", ""), "virt-df"),
                "filesystems.virt-df.temp-directory=" + dir.resolve("runs"),
                "filesystems.virt-df.cache-directory=" + dir.resolve("cache"),
                "filesystems.virt-df.concurrency=2",
                "sampling.disk.interval=10s",
                "sampling.disk.max-age=1h"));
        settings.addAll(List.of(more));
        return RunningAgent.on(dir, Shipped.lab("libvirtd", "uri", lab.toString()), settings.toArray(String[]::new));
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

    @Test
    @Order(1)
    void aGuestsFilesystemIsServedAsDfInTheGuestSaysToWithinOneBlock() throws Exception {
        agent.until("a reading", READING_SECONDS, () -> stats("plain").hasPath(USED));
        long served = stats("plain").getLong(USED);
        long inside = usedInside("plain");
        assertTrue(Math.abs(served - inside) <= 1024, "served " + served + ", df in the guest says " + inside);
        assertFalse(stats("plain").hasPath("writableLayer.fsId"), "an fs_id is set");
        assertFalse(stats("plain").hasPath("writableLayer.inodesUsed"), "inodes_used is set");
    }

    @Test
    @Order(2)
    void theOtherNumbersDoNotWaitForAReading() throws Exception {
        agent.until("a reading under way", READING_SECONDS, () -> !marked().isEmpty());
        for (int i = 0; i < 3; i++) {
            long cpu = stats("plain").getLong("cpu.timestamp");
            long memory = stats("plain").getLong("memory.timestamp");
            agent.until(
                    "fresh numbers",
                    5,
                    () -> stats("plain").getLong("cpu.timestamp") > cpu
                            && stats("plain").getLong("memory.timestamp") > memory);
        }
    }

    @Test
    @Order(3)
    void fiftyMebibytesMoreAreServedAfterTheNextReading() throws Exception {
        long before = stats("plain").getLong(USED);
        virsh("domif-setlink", "plain", tap("plain"), "down");
        agent.until("the guest to write", 60, () -> console("plain").contains("FILLED"));
        long written = System.currentTimeMillis() * 1_000_000;
        agent.until("the next reading", READING_SECONDS, () -> stats("plain").getLong(TIME) > written);
        long more = stats("plain").getLong(USED) - before;
        // The file's index takes some blocks, too.
        assertTrue(more >= FILL && more < FILL + (1 << 20), "grew by " + more);
        assertTrue(Math.abs(stats("plain").getLong(USED) - usedInside("plain")) <= 1024);
    }

    @Test
    @Order(4)
    void twoDisksOneWithAPartitionAndOneWithALogicalVolumeAreAddedUp() throws Exception {
        agent.until("a reading", READING_SECONDS, () -> stats("two").hasPath(USED));
        assertEquals(made("part") + made("lvm.qcow2"), stats("two").getLong(USED));
    }

    @Test
    @Order(5)
    void anUnformattedDiskAndNoDiskAreUnknown() throws Exception {
        agent.until("a word of it", READING_SECONDS, () -> agent.log()
                .contains("filesystems of lab/blank cannot be read: there is no filesystem"));
        assertFalse(stats("blank").hasPath("writableLayer"), () -> "served all the same");
        assertFalse(stats("none").hasPath("writableLayer"));
        assertFalse(agent.log().contains("filesystems of lab/none"), "to have no disk is no failure");
    }

    @Test
    @Order(6)
    void aDiskWhoseImageVanishesKeepsItsLastValueWithItsTime() throws Exception {
        Files.delete(dir.resolve("part"));
        long gone = System.currentTimeMillis() * 1_000_000;
        agent.until(
                "a word of it", READING_SECONDS, () -> agent.log().contains("filesystems of lab/two cannot be read: "));
        assertEquals(made("part") + made("lvm.qcow2"), stats("two").getLong(USED));
        assertTrue(stats("two").getLong(TIME) <= gone, "younger than the image's end");
    }

    @Test
    @Order(7)
    void nothingIsLeftOfAnAgentThatIsKilledAndStartedAgain() throws Exception {
        agent.until("an appliance", READING_SECONDS, () -> marked().stream().anyMatch(FilesystemsIT::isAppliance));
        List<ProcessHandle> before = marked();
        List<Path> runs = in(dir.resolve("runs"));
        agent.process().destroyForcibly().waitFor();
        assertFalse(runs.isEmpty());
        agent = start();
        for (ProcessHandle process : before) {
            assertFalse(isMarked(process), () -> process.pid() + " is still there");
        }
        runs.forEach(run -> assertFalse(Files.exists(run), run.toString()));
        assertEquals(List.of(), sockets(), "sockets were left");
    }

    /** As shipped: behind everything else that wants the processor or the disk, so its end is not waited for. */
    @Test
    @Order(8)
    void aReadingIsAsGentleAsIsSaid() throws Exception {
        assertEquals(0, agent.end());
        agent = asShippedBut();
        agent.until("a gentle appliance", READING_SECONDS, () -> marked().stream()
                .filter(FilesystemsIT::isAppliance)
                .anyMatch(FilesystemsIT::isGentle));
    }

    /** False too if it has ended meanwhile. */
    private static boolean isGentle(ProcessHandle process) {
        try {
            // After the name: the 19th of all fields, of which the name is the second.
            String[] stat = proc(process, "stat").replaceFirst("^.*\\) ", "").split(" ", -1);
            Shipped.Result io = Shipped.execute(List.of("ionice", "-p", Long.toString(process.pid())));
            return stat.length > 16 && stat[16].equals("19") && io.out().strip().equals("idle");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Order(9)
    void nothingIsLeftOfAnAgentThatIsToldToEnd() throws Exception {
        agent.until("an appliance", READING_SECONDS, () -> marked().stream().anyMatch(FilesystemsIT::isAppliance));
        assertEquals(0, agent.end());
        assertEquals(List.of(), marked());
        assertEquals(List.of(), in(dir.resolve("runs")));
        assertEquals(List.of(), sockets());
    }

    private static void guest(String name, String... options) throws Exception {
        Path pod = Files.writeString(
                dir.resolve(name + ".xml"),
                "<vmgauge:pod xmlns:vmgauge='urn:vmgauge:pod:1' namespace='lab' name='" + name + "'/>");
        List<String> all = new ArrayList<>(List.of(lab.toString(), name, "--metadata", pod.toString()));
        all.addAll(List.of(options));
        Shipped.lab("guest", all.toArray(String[]::new));
    }

    private static String disk(String kind, String name, int mebibytes) throws Exception {
        Path file = dir.resolve(name);
        String used = Shipped.lab("disk", kind, file.toString(), Integer.toString(mebibytes));
        MADE_WITH.put(name, used.isEmpty() ? 0 : Long.parseLong(used));
        return file.toString();
    }

    private static long made(String name) {
        return Optional.ofNullable(MADE_WITH.get(name)).orElseThrow();
    }

    private static Config stats(String pod) throws Exception {
        Config stats = agent.stats().get(pod);
        if (stats == null) {
            throw new AssertionError("no " + pod + "; the agent said " + agent.log());
        }
        return stats;
    }

    /** What df in the guest said last, after a sync. */
    private static long usedInside(String name) throws IOException {
        Matcher said = Pattern.compile("USED ([0-9]+) KiB").matcher(console(name));
        long used = -1;
        while (said.find()) {
            used = Long.parseLong(said.group(1)) * 1024;
        }
        return used;
    }

    private static String console(String name) throws IOException {
        return Files.readString(lab.resolve("log/" + name + ".console"), StandardCharsets.ISO_8859_1);
    }

    private static String tap(String name) throws IOException {
        return OnHost.tap(lab.resolve("xml/" + name + ".xml"));
    }

    private static void virsh(String verb, String name, String... rest) throws Exception {
        List<String> all = new ArrayList<>(List.of("virsh", lab.toString(), verb));
        all.add(Shipped.lab("libvirtd", "prefix", lab.toString()) + "-" + name);
        all.addAll(List.of(rest));
        Shipped.lab("libvirtd", all.toArray(String[]::new));
    }

    /** The processes of readings under way. */
    private static List<ProcessHandle> marked() {
        return ProcessHandle.allProcesses().filter(FilesystemsIT::isMarked).toList();
    }

    private static boolean isMarked(ProcessHandle process) {
        return proc(process, "environ").contains("=" + dir.resolve("runs") + "/");
    }

    private static boolean isAppliance(ProcessHandle process) {
        return proc(process, "cmdline").contains("guestfs-");
    }

    private static String proc(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/" + file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    /** libguestfs's socket directories that nobody uses and this test left: root's are always below /tmp. */
    private static List<Path> sockets() throws IOException {
        String used = ProcessHandle.allProcesses().map(p -> proc(p, "cmdline")).reduce("", String::concat);
        return in(Path.of("/tmp")).stream()
                .filter(path -> path.getFileName().toString().matches("libguestfs[A-Za-z0-9]{6}"))
                .filter(path -> !used.contains(path.toString()))
                .filter(path -> !earlierSockets.contains(path))
                .toList();
    }

    private static List<Path> in(Path place) throws IOException {
        try (Stream<Path> all = Files.list(place)) {
            return all.toList();
        }
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
