package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.ports.spi.EndpointException;
import io.vmgauge.ports.spi.StatsClient;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the shipped agent costs its host, printed for people; see {@code ./bench}. {@code bench.uri} is the libvirt to
 * measure, {@code bench.daemon} the process id of its libvirtd, or 0 if it has none.
 */
@Tag("benchmark")
class AgentBenchmark {
    private static final String URI = System.getProperty("bench.uri", "test:///default");
    private static final long DAEMON = Long.getLong("bench.daemon", 0);
    private static final int STARTS = 5;
    private static final int WATCHED_SECONDS = Integer.getInteger("bench.seconds", 60);
    private static final int CALLS = 250;
    private static final int TURNS = 3;

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @TempDir
    private Path dir = Path.of("");

    @Test
    void startsQuickly() throws Exception {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < STARTS; i++) {
            long begun = System.nanoTime();
            Path socket = dir.resolve("start" + i);
            Process agent = Shipped.start(
                    dir.resolve("log"),
                    "serve",
                    "-D",
                    "hypervisor.libvirt.uri=" + URI,
                    "-D",
                    "endpoint.cri.socket=" + socket,
                    "-D",
                    "disk.source=block");
            try (StatsClient client = Providers.endpoint("cri").connect(socket)) {
                awaitAnswer(client, agent);
                millis.add((System.nanoTime() - begun) / 1_000_000);
            } finally {
                agent.destroy();
                agent.waitFor();
            }
        }
        out.printf("exec to first answered call: %s ms (target: at most 1500)%n", summary(millis));
    }

    @Test
    void isSmallAndQuiet() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, URI);
                StatsClient client = Providers.endpoint("cri").connect(Path.of(agent.socket()))) {
            int vms = client.read().rows().size();
            TimeUnit.SECONDS.sleep(20);
            long before = cpuTicks(agent.process().pid());
            TimeUnit.SECONDS.sleep(WATCHED_SECONDS);
            long ticks = cpuTicks(agent.process().pid()) - before;
            out.printf(
                    "%d VMs: %d MiB resident (target: at most 96), %.2f %% of one core over %d s (target: at most 1)%n",
                    vms, residentMib(agent.process().pid()), 100.0 * ticks / 100 / WATCHED_SECONDS, WATCHED_SECONDS);
        }
    }

    /** The same client before two agents, in turns: of one that never measures again, and of one that always does. */
    @Test
    void answersNoSlowerWhileRoundsRunOrHang() throws Exception {
        List<Long> quiet = new ArrayList<>();
        List<Long> rounds = new ArrayList<>();
        List<Long> hanging = new ArrayList<>();
        for (int turn = 0; turn < TURNS; turn++) {
            try (RunningAgent agent = RunningAgent.on(dir, URI, quietly());
                    StatsClient client = warm(agent)) {
                quiet.addAll(latencies(client));
            }
            try (RunningAgent agent = RunningAgent.on(dir, URI);
                    StatsClient client = warm(agent)) {
                rounds.addAll(latencies(client));
                if (DAEMON > 0) {
                    signal("STOP");
                    try {
                        hanging.addAll(latencies(client));
                    } finally {
                        signal("CONT");
                    }
                }
            }
        }
        out.printf("one reading of everything, as 'vmgauge stats' does it (two calls), 50 a second:%n");
        out.printf("  while nothing is measured:     %s us%n", summary(quiet));
        out.printf("  while rounds run every 0.5 s:  %s us (target: no slower)%n", summary(rounds));
        if (DAEMON > 0) {
            out.printf("  while libvirtd is stopped:     %s us (target: no slower)%n", summary(hanging));
        }
    }

    /** Settings for one round at the start and no more. */
    private static String[] quietly() {
        List<String> settings = new ArrayList<>(List.of("sampling.min-interval=1d"));
        for (String metric : List.of("cpu", "memory", "network", "disk")) {
            settings.add("sampling." + metric + ".interval=1d");
            settings.add("sampling." + metric + ".max-age=10d");
        }
        return settings.toArray(String[]::new);
    }

    private static StatsClient warm(RunningAgent agent) throws InterruptedException {
        StatsClient client = Providers.endpoint("cri").connect(Path.of(agent.socket()));
        awaitAnswer(client, agent.process());
        latencies(client);
        return client;
    }

    /** In microseconds. */
    private static List<Long> latencies(StatsClient client) throws InterruptedException {
        List<Long> micros = new ArrayList<>();
        long next = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            long begun = System.nanoTime();
            assertFalse(client.read().rows().isEmpty());
            micros.add((System.nanoTime() - begun) / 1000);
            next += 20_000_000;
            TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
        }
        return micros;
    }

    private static void awaitAnswer(StatsClient client, Process agent) throws InterruptedException {
        while (agent.isAlive()) {
            try {
                client.read();
                return;
            } catch (EndpointException e) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
        throw new AssertionError("the agent ended");
    }

    /** Of the whole process, user and system, in hundredths of a second (proc(5), fields 14 and 15). */
    private static long cpuTicks(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static long residentMib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    private static void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(DAEMON)).start().waitFor();
    }

    private static String summary(List<Long> values) {
        long[] sorted = values.stream().mapToLong(Long::longValue).sorted().toArray();
        return "p50 %d, p99 %d, of %d"
                .formatted(
                        sorted[sorted.length / 2],
                        sorted[(int) (sorted.length * 0.99)],
                        Arrays.stream(sorted).count());
    }
}
