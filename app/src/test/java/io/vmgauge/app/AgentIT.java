package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped agent on libvirt's built-in test hypervisor, seen from outside. */
@Tag("alone")
class AgentIT {
    private static final Pattern ONE_LINE = Pattern.compile("vmgauge: [^\n]+\n");

    @TempDir
    private Path dir = Path.of("");

    @Test
    void servesThePodsThatTheDefinitionsName() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, bundledPods())) {
            agent.until("seven containers with a rate", () -> agent.stats().values().stream()
                    .anyMatch(stats -> stats.hasPath("cpu.usageNanoCores")));
            Map<String, Config> stats = agent.stats();
            assertTrue(
                    stats.keySet().containsAll(Set.of("web-0", "web-1", "legacy")),
                    stats.keySet().toString());
            Config web = stats.getOrDefault("web-0", stats.values().iterator().next());
            assertEquals("shop", web.getString("attributes.labels.\"io.kubernetes.pod.namespace\""));
            assertTrue(
                    web.getLong("cpu.usageCoreNanoSeconds.value") > 0 || web.getLong("cpu.usageCoreNanoSeconds") > 0);
        }
    }

    @Test
    void aSecondAgentOnTheSameSocketIsRefused() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, "test:///default")) {
            Shipped.Result second = Shipped.run(
                    "serve",
                    "-D",
                    "hypervisor.libvirt.uri=test:///default",
                    "-D",
                    "endpoint.cri.socket=" + agent.socket());
            assertEquals(5, second.exit(), second.err());
            assertTrue(second.err().contains(agent.socket()), second.err());
            assertEquals(1, agent.stats().size());
        }
    }

    @Test
    void toBeToldToEndIsNoFailureAndLeavesNothing() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, "test:///default")) {
            assertTrue(Files.exists(Path.of(agent.socket())));
            assertEquals(0, agent.end());
            assertFalse(Files.exists(Path.of(agent.socket())));
        }
    }

    @Test
    void afterAKillANewAgentNeedsNoHand() throws Exception {
        try (RunningAgent killed = RunningAgent.on(dir, "test:///default")) {
            killed.process().destroyForcibly().waitFor();
            assertTrue(Files.exists(Path.of(killed.socket())));
        }
        try (RunningAgent agent = RunningAgent.on(dir, "test:///default")) {
            assertEquals(1, agent.stats().size());
        }
    }

    @Test
    void theSocketIsForItsOwnerAndGroupOnly() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, "test:///default")) {
            assertEquals(
                    "rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(agent.socket()))));
        }
    }

    @Test
    void theTableFitsEightyColumns() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, bundledPods())) {
            Shipped.Result table = Shipped.run("stats", "--socket", agent.socket());
            assertEquals(0, table.exit(), table.err());
            assertTrue(table.out().contains("shop/web-0"), table.out());
            assertTrue(table.out().lines().allMatch(line -> line.length() <= 80), table.out());
            assertFalse(table.out().contains("\u001b"), "escape codes without a terminal");
        }
    }

    @Test
    void checkSaysWhatItWouldMeasure() throws Exception {
        Shipped.Result check =
                Shipped.run("check", "-D", "disk.source=block", "-D", "hypervisor.libvirt.uri=" + bundledPods());
        assertTrue(check.out().contains("shop/web-0"), check.toString());
        assertTrue(check.out().contains("cpu 5 s"), check.out());
        assertEquals(0, check.exit(), check.toString());
        Shipped.Result json = Shipped.run(
                "check", "--json", "-D", "disk.source=block", "-D", "hypervisor.libvirt.uri=" + bundledPods());
        assertTrue(json.out().startsWith("["), json.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bogus                                          | 2 | bogus",
                "stats --sockett x                              | 2 | --sockett",
                "serve -D sampling.cpuu=1                       | 3 | sampling.cpuu",
                "serve -D sampling.cpu.interval=5               | 3 | sampling.cpu.interval",
                "serve -D hypervisor.name=xen                   | 3 | libvirt",
                "serve --config /does/not/exist.conf            | 3 | /does/not/exist.conf",
                "serve -D endpoint.cri.mode=rw                  | 3 | endpoint.cri.mode",
                "serve -D sampling..cpu=1                       | 3 | sampling..cpu=1",
                "check -D a{b=1                                 | 3 | a{b=1",
                "serve -D sampling.cpu=${monitor}               | 3 | sampling.cpu.deadline",
                "check -D sampling.cpu.samples=null             | 3 | sampling.cpu.samples = null",
                "check -D hypervisor.libvirt.uri=qemu:///system?socket=/does/not/exist | 4 | /does/not/exist",
                "check -D hypervisor.libvirt.uri=nonsense:///   | 4 | nonsense",
                "stats --socket /does/not/exist                 | 5 | /does/not/exist",
                "stats --socket /etc/passwd                     | 5 | /etc/passwd",
            })
    void everyMistakeIsOneLineAndAnExitCode(String line, int exit, String named) throws Exception {
        Shipped.Result result = Shipped.run(line.strip().split(" "));
        assertEquals(exit, result.exit(), result.toString());
        assertTrue(ONE_LINE.matcher(result.err()).matches(), result.toString());
        assertTrue(result.err().contains(named), result.err());
    }

    /** In a mount namespace of its own the library is an empty file. */
    @ParameterizedTest
    @ValueSource(strings = {"serve", "check"})
    void withoutLibvirtsClientLibraryItSaysWhatToInstall(String command) throws Exception {
        List<String> wrapper = List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                "for file in /usr/lib/*/libvirt.so*; do mount --bind /dev/null \"$file\"; done; exec \"$@\"",
                "sh");
        Shipped.Result result = Shipped.run(wrapper, command, "-D", "endpoint.cri.socket=" + dir.resolve("s"));
        assertEquals(4, result.exit(), result.toString());
        assertTrue(ONE_LINE.matcher(result.err()).matches(), result.toString());
        assertTrue(result.err().contains("apt-get install libvirt0"), result.err());
        assertFalse(Files.exists(dir.resolve("s")));
    }

    /**
     * As crictl does, which fails if it does not. At the intervals that are shipped, rounds of their own would take more
     * than ten seconds for three moves: it is the looks that wake them.
     */
    @Test
    void whoeverLooksOnceASecondSeesTimeMove() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, "test:///default");
                Reader reader = new Reader(agent.socket())) {
            agent.until("a time", () -> cpuTime(reader) > 0);
            long begun = System.nanoTime();
            long last = cpuTime(reader);
            int looks = 0;
            for (int moves = 0; moves < 3; looks++) {
                TimeUnit.SECONDS.sleep(1);
                long now = cpuTime(reader);
                moves += now > last ? 1 : 0;
                last = now;
            }
            long millis = (System.nanoTime() - begun) / 1_000_000;
            System.out.printf("time moved three times in %d looks, %d ms%n", looks, millis);
            assertTrue(millis < 9000, "three moves took " + millis + " ms");
        }
    }

    private static long cpuTime(Reader reader) {
        return reader.look().values().iterator().next().cpuTime().orElse(0);
    }

    @Test
    void helpAndVersionAreThere() throws Exception {
        assertTrue(Shipped.run("--help").out().contains("serve"));
        assertTrue(Shipped.run("stats", "--help").out().contains("--watch"));
        assertTrue(Shipped.run("--version").out().matches("vmgauge \\d+\\.\\d+\\.\\d+.*\n"));
        Shipped.run("--help").out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    }

    @Test
    void itServesWhileLibvirtIsNotThereAndSaysSo() throws Exception {
        String absent = "qemu:///system?socket=" + dir.resolve("absent");
        try (RunningAgent agent = RunningAgent.on(dir, absent)) {
            assertEquals(Map.of(), agent.stats());
            agent.until("a word of it", () -> agent.log().contains("The list of VMs is stale"));
            assertEquals(
                    1,
                    agent.log()
                            .lines()
                            .filter(line -> line.contains("The list of VMs is stale"))
                            .count());
        }
    }

    /** Bombs, giants, nonsense and a forged id: each VM is there under another name, or left out, and spoils no other. */
    @Test
    void hostileDefinitionsSpoilNothingElse() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, "test://" + HostileNode.write(dir))) {
            agent.until("the good one", () -> agent.stats().containsKey("good"));
            Map<String, Config> stats = agent.stats();
            assertTrue(stats.keySet().containsAll(HostileNode.STILL_THERE), stats.keySet() + agent.log());
            assertFalse(stats.containsKey("forger"), stats.keySet().toString());
            assertTrue(agent.log().lines().allMatch(line -> line.length() < 1000), "an endless log line");
            assertTrue(agent.log().contains("left out"), agent.log());
            assertTrue(stats.values().stream()
                    .allMatch(s -> s.getConfig("attributes").root().size() > 2));
        }
    }

    private static String bundledPods() {
        return "test://"
                + Path.of(System.getProperty("lab.dir", "lab"), "pods.xml").toAbsolutePath();
    }
}
