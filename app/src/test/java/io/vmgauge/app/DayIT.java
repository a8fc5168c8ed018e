package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.ports.spi.StatsClient;
import io.vmgauge.ports.spi.StatsRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A day in the life of the shipped agent, in a quarter of an hour: as many rounds and reads as in 24 hours by default,
 * while VMs come and go on libvirt's test driver. What it takes of the host stays flat, and the VMs that are there are
 * those that are served: the next one only comes when the last one has been seen, and the one before it no more.
 */
@Tag("soak")
class DayIT {
    /** Of CPU, one in five seconds. */
    private static final int ROUNDS = 24 * 60 * 60 / 5;

    private static final int VMS = 20;
    private static final int ROUNDS_OF_A_STAY = 6;
    private static final long LONGEST_UNSEEN_SECONDS = 30;
    private static final int LOOKS_AT_ITSELF = 32;
    /** Cores are shared: in an hour even a slow machine has done it, or something stands still. */
    private static final long LONGEST_HOURS = 1;

    private static final Pattern USED = Pattern.compile("(tenured generation|Metaspace) .*used ([0-9]+)K");

    @Test
    void aDaysWorthOfRoundsAndReadsTakesNoMoreAtItsEndThanAtItsBeginning() throws Exception {
        try (QemuHost host = QemuHost.start();
                // Its own connection, since the test driver forgets everything when the last one is gone.
                Visitors visitors = new Visitors(host);
                RunningAgent agent = RunningAgent.on(
                        host.dir(),
                        host.testUri(true),
                        "sampling.cpu.interval=50ms",
                        "sampling.cpu.samples=1",
                        "sampling.memory.interval=100ms",
                        "sampling.network.interval=100ms",
                        "sampling.disk.interval=3s",
                        "sampling.min-interval=50ms",
                        "hypervisor.libvirt.identity.refresh=1s");
                StatsClient client = Providers.endpoint("cri").connect(Path.of(agent.socket()))) {
            List<Figures> figures = new ArrayList<>();
            int reads = 0;
            int rounds = 0;
            int nextChange = ROUNDS_OF_A_STAY;
            long seen = System.nanoTime();
            Instant last = Instant.MIN;
            long end = System.nanoTime() + TimeUnit.HOURS.toNanos(LONGEST_HOURS);
            while (rounds < ROUNDS) {
                assertTrue(System.nanoTime() < end, "only " + rounds + " rounds in so long");
                List<StatsRow> rows = client.read().rows();
                Instant newest = newest(rows);
                reads++;
                if (visitors.areSeenIn(rows)) {
                    seen = System.nanoTime();
                    if (rounds >= nextChange) {
                        visitors.change();
                        nextChange = rounds + ROUNDS_OF_A_STAY;
                    }
                }
                assertTrue(
                        System.nanoTime() - seen < TimeUnit.SECONDS.toNanos(LONGEST_UNSEEN_SECONDS),
                        () -> visitors.present + " are there, but served are " + rows);
                if (newest.isAfter(last)) {
                    last = newest;
                    rounds++;
                    if (rounds * LOOKS_AT_ITSELF / ROUNDS > figures.size()) {
                        figures.add(figures(agent));
                        System.out.println(rounds + " rounds, " + reads + " reads, " + visitors.lives + " VMs came, "
                                + figures.get(figures.size() - 1));
                    }
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            isFlat(figures);
            assertTrue(visitors.lives > ROUNDS / (4 * ROUNDS_OF_A_STAY), "only " + visitors.lives + " VMs came");
        }
    }

    private static Instant newest(List<StatsRow> rows) {
        return rows.stream()
                .map(StatsRow::cpuTime)
                .flatMap(Optional::stream)
                .max(Comparator.naturalOrder())
                .orElse(Instant.MIN);
    }

    /**
     * What the agent takes of its host.
     *
     * @param heap KiB after a full collection, classes included
     */
    private record Figures(long heap, long residentKib, long files, long threads) {}

    private static Figures figures(RunningAgent agent) throws Exception {
        String pid = Long.toString(agent.process().pid());
        jcmd(pid, "GC.run");
        long heap = 0;
        Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
        while (used.find()) {
            heap += Long.parseLong(used.group(2));
        }
        assertTrue(heap > 0, "the agent's Java does not say what its heap holds");
        return new Figures(heap, resident(pid), agent.open(), agent.threads(""));
    }

    private static String jcmd(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString()));
        command.addAll(List.of(arguments));
        Shipped.Result result = Shipped.execute(command);
        assertTrue(result.exit() == 0, result::toString);
        return result.out();
    }

    private static long resident(String pid) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void isFlat(List<Figures> all) {
        int quarter = all.size() / 4;
        Figures first = middle(all.subList(0, quarter));
        Figures last = middle(all.subList(all.size() - quarter, all.size()));
        System.out.println("first quarter " + first + ", last quarter " + last);
        assertTrue(last.heap <= first.heap + 1024, "the heap grew by " + (last.heap - first.heap) + " KiB");
        assertTrue(
                last.residentKib <= first.residentKib + 6 * 1024,
                "the process grew by " + (last.residentKib - first.residentKib) + " KiB");
        assertTrue(last.files <= first.files + 1, "files grew from " + first.files + " to " + last.files);
        assertTrue(last.threads <= first.threads + 1, "threads grew from " + first.threads + " to " + last.threads);
    }

    /** The medians. */
    private static Figures middle(List<Figures> some) {
        return new Figures(
                median(some.stream().map(Figures::heap)),
                median(some.stream().map(Figures::residentKib)),
                median(some.stream().map(Figures::files)),
                median(some.stream().map(Figures::threads)));
    }

    private static long median(Stream<Long> values) {
        List<Long> sorted = values.sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    /** VMs that come and go, the oldest first; never the same again. */
    private static final class Visitors implements AutoCloseable {
        private static final String HOTEL = "hotel";

        private final Process virsh;
        private final PrintWriter commands;
        private final Path dir;
        private final Deque<String> present = new ArrayDeque<>();
        private int lives;

        Visitors(QemuHost host) throws IOException {
            dir = host.dir();
            virsh = new ProcessBuilder("virsh", "-q", "-c", host.testUri(false))
                    .redirectErrorStream(true)
                    .redirectOutput(dir.resolve("virsh.log").toFile())
                    .start();
            commands = new PrintWriter(virsh.getOutputStream(), true, StandardCharsets.UTF_8);
            while (present.size() < VMS) {
                come();
            }
        }

        /** Whether exactly those that are there are served. */
        boolean areSeenIn(List<StatsRow> rows) {
            return rows.stream()
                    .filter(row -> row.namespace().equals(HOTEL))
                    .map(StatsRow::pod)
                    .collect(Collectors.toSet())
                    .equals(Set.copyOf(present));
        }

        void change() throws IOException {
            commands.println("destroy " + present.removeFirst());
            come();
        }

        private void come() throws IOException {
            String name = "visitor-" + ++lives;
            Path xml = dir.resolve("visitor" + lives % (2 * VMS) + ".xml");
            Files.writeString(
                    xml,
                    """
                    <domain type='test'><name>%s</name><uuid>%s</uuid><metadata>
                    <v:pod xmlns:v='urn:vmgauge:pod:1' namespace='%s' name='%s'><v:label key='stay'>%s</v:label></v:pod>
                    </metadata><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>
                    <disk type='file' device='disk'><source file='/images/%s'/><target dev='vda' bus='virtio'/></disk>
                    <interface type='ethernet'><target dev='tap%d'/></interface><memballoon model='virtio'/>
                    </devices></domain>
                    """
                            .formatted(
                                    name, UUID.randomUUID(), HOTEL, name, "x".repeat(lives % 60), name, lives % 1000));
            commands.println("create " + xml);
            present.addLast(name);
        }

        @Override
        public void close() throws IOException {
            commands.println("quit");
            commands.close();
            virsh.destroy();
        }
    }
}
