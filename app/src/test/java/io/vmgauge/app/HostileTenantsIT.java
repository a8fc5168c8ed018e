package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shipped agent on a host whose tenants write whatever they like into what libvirt keeps of their VMs. What cannot
 * get past libvirt's own parser (bombs, entities) is tried on ours in adapters-libvirt's DefinitionReaderTest.
 */
class HostileTenantsIT {
    /** A pod that nobody attacks by its ids. */
    private static final String HONEST = Host.pod(
            "namespace='shop' name='honest' uid='u-1' sandbox-id='honest-sandbox'",
            "<v:container name='vm' id='honest-id'/><v:label key='app'>shop</v:label>");

    private static final String REREADING = "hypervisor.libvirt.identity.refresh=1s";

    private static final int GREEDY = 8;
    private static final long MOST_MORE_KIB = 32 * 1024;
    private static final Pattern LOG_LINE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ (INFO|WARNING|SEVERE) .*", Pattern.DOTALL);

    @TempDir
    private static Path dir = Path.of("");

    @SuppressWarnings("NullAway.Init") // serve comes before any test
    private static RunningAgent agent;

    private static Map<String, Config> served = Map.of();

    @BeforeAll
    static void serve() throws Exception {
        Host host = new Host();
        host.vm("honest", HONEST);
        host.vm("$(touch ran)", "");
        host.vm(";touch ran;", "");
        host.vm("`touch ran`", "");
        host.vm("--help", "");
        host.vm("-D", "");
        host.vm("..", "");
        host.vm("a b\u202egnp.txt", "");
        host.vm("%s%n%x ${jndi:dns:a} @|red x|@", "");
        host.vm("\u001bred".replace('\u001b', '\u009b'), "");
        // Whoever has the lower UUID: no order of any kind may help.
        String victim = host.uuid(3);
        host.vm("thief", Host.pod("namespace='shop' name='thief'", "<v:container name='vm' id='" + victim + "'/>"));
        host.vm("squatter", squatter("squatter", victim));
        host.vm("victim", "");
        host.vm(
                "late-thief",
                Host.pod("namespace='shop' name='late-thief'", "<v:container name='vm' id='" + victim + "'/>"));
        host.vm("late-squatter", squatter("late-squatter", victim));
        for (String rival : List.of("rival-a", "rival-b")) {
            host.vm(
                    rival,
                    Host.pod("namespace='shop' name='" + rival + "'", "<v:container name='vm' id='rivals-id'/>"));
        }
        host.vm("climber", Host.pod("namespace='../../etc' name='passwd'", ""));
        host.vm(
                "imposter",
                Host.pod(
                        "namespace='shop' name='imposter'",
                        "<v:label key='io.kubernetes.pod.name'>honest</v:label>"
                                + "<v:label key='io.kubernetes.pod.uid'>u-1</v:label>"));
        host.vm(
                "forger",
                Host.pod(
                        "namespace='shop' name='forger'",
                        "<v:label key='app'>x&#10;2026-01-01T00:00:00.000+0000 SEVERE forged</v:label>"));
        host.vm(
                "noted",
                Host.pod(
                        "namespace='shop' name='noted'",
                        "<v:annotation key='a'>x&#10;2026-01-01T00:00:00.000+0000 SEVERE forged</v:annotation>"));
        host.vm(
                "giant",
                Host.pod("namespace='shop' name='giant'", "<v:label key='k'>" + "x".repeat(900_000) + "</v:label>"));
        host.vm("crowd", Host.pod("namespace='shop' name='crowd'", "<v:label key='k'>x</v:label>".repeat(20_000)));
        host.vm("deep", "<x>".repeat(200) + "</x>".repeat(200));
        for (int i = 0; i < GREEDY; i++) {
            host.vm("greedy-" + i, Host.pod("namespace='shop' name='greedy-" + i + "'", greed()));
        }
        agent = RunningAgent.on(dir, "test://" + host.write(dir), "sampling.memory.interval=1s");
        agent.until("numbers of the honest one", () -> {
            served = agent.stats();
            return served.getOrDefault("honest", ConfigFactory.empty()).hasPath("memory.workingSetBytes");
        });
    }

    /** The sandbox of a VM that says nothing of pods has an id that anybody can work out. */
    private static String squatter(String name, String victim) {
        UUID sandbox = UUID.nameUUIDFromBytes(("urn:vmgauge:sandbox:" + victim).getBytes(StandardCharsets.UTF_8));
        return Host.pod("namespace='shop' name='" + name + "' sandbox-id='" + sandbox + "'", "");
    }

    /** As much as each single limit allows. */
    private static String greed() {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            all.append("<v:annotation key='k")
                    .append(i)
                    .append("'>")
                    .append("x".repeat(15_000))
                    .append("</v:annotation>");
        }
        return all.toString();
    }

    @AfterAll
    static void end() {
        agent.close();
    }

    @Test
    void theHonestPodIsServedAsItIs() throws Exception {
        Config honest = stats("honest");
        assertEquals("honest-id", honest.getString("attributes.id"));
        assertEquals("u-1", honest.getString("attributes.labels.\"io.kubernetes.pod.uid\""));
        assertEquals("shop", honest.getString("attributes.labels.app"));
    }

    @Test
    void whoeverClaimsTheIdOfAnotherIsLeftOut() throws Exception {
        checkClaims(served);
        assertTrue(agent.log().contains("claims container id " + id("victim")), agent.log());
        assertTrue(agent.log().contains("which belongs to pod virtual-machines/victim"), agent.log());
        assertTrue(agent.log().contains("claims container id rivals-id"), agent.log());
    }

    /** An agent that has just begun knows nobody from before. */
    @Test
    void afterARestartItIsTheSame(@TempDir Path another) throws Exception {
        try (RunningAgent next = RunningAgent.on(another, "test://" + dir.resolve("host.xml"))) {
            checkClaims(next.stats());
        }
    }

    private static void checkClaims(Map<String, Config> stats) throws Exception {
        assertTrue(stats.containsKey("victim"), stats.keySet().toString());
        assertTrue(stats.containsKey("honest"), stats.keySet().toString());
        for (String greedy : List.of("thief", "squatter", "late-thief", "late-squatter", "rival-a", "rival-b")) {
            assertFalse(stats.containsKey(greedy), stats.keySet().toString());
        }
    }

    @Test
    void noLabelPassesForThatOfAnotherPod() throws Exception {
        assertEquals(
                1,
                served.values().stream()
                        .filter(stats -> stats.getString("attributes.labels.\"io.kubernetes.pod.uid\"")
                                .equals("u-1"))
                        .count());
        assertTrue(served.containsKey("imposter"), served.keySet().toString());
    }

    @Test
    void everyServedNameIsADnsName() throws Exception {
        for (Config stats : served.values()) {
            for (String key : List.of("io.kubernetes.pod.name", "io.kubernetes.pod.namespace")) {
                String name = stats.getString("attributes.labels.\"" + key + "\"");
                assertTrue(name.matches("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"), name);
            }
        }
    }

    @Test
    void nothingOfATenantIsRun() throws Exception {
        assertFalse(Files.exists(Path.of("ran")), "a name was run");
        assertEquals(0, agent.process().descendants().count(), "somebody was started");
    }

    @Test
    void noLineOfTheLogIsATenants() throws Exception {
        for (String line : agent.log().split("\n", -1)) {
            assertTrue(line.isEmpty() || LOG_LINE.matcher(line).matches(), "not of our making: " + line);
            assertFalse(line.matches("2026-01-01.*"), line);
            assertTrue(line.length() < 1000, "endless: " + line.length());
            assertTrue(
                    line.codePoints()
                            .noneMatch(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
                    line);
        }
    }

    @Test
    void checkAndTheTableStayPlainText() throws Exception {
        for (Shipped.Result result : List.of(
                Shipped.run(
                        "check",
                        "-D",
                        "disk.source=block",
                        "-D",
                        "hypervisor.libvirt.uri=test://" + dir.resolve("host.xml")),
                Shipped.run("stats", "--socket", agent.socket()))) {
            assertTrue(
                    result.out()
                            .codePoints()
                            .noneMatch(c -> c != '\n'
                                    && (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)),
                    result.out());
        }
    }

    /**
     * Whole answers have to fit into the 16 MiB that kubelets take, whatever the tenants write. What they wrote is read
     * again and again, and yet the process stays not much larger than that of an agent whose tenants are honest. Here
     * libvirt's test driver is in a daemon, as QEMU's is: what it holds itself, once for each connection, is none of ours.
     */
    @Test
    void memoryAndAnswersStayBounded() throws Exception {
        Host small = new Host();
        small.vm("honest", HONEST);
        try (QemuHost daemon = QemuHost.start();
                RunningAgent quiet =
                        RunningAgent.on(daemon.dir(), daemon.testUri(small.write(daemon.dir())), REREADING);
                RunningAgent greedy = RunningAgent.on(
                        Files.createDirectory(dir.resolve("greedy")),
                        daemon.testUri(dir.resolve("host.xml")),
                        REREADING)) {
            for (RunningAgent one : List.of(quiet, greedy)) {
                one.until("memory of all", () -> one.stats().values().stream()
                        .allMatch(stats -> stats.hasPath("memory.workingSetBytes")));
            }
            for (int i = 0; i < 5; i++) {
                quiet.stats();
                int answer = Shipped.run("stats", "--json", "--socket", greedy.socket())
                        .out()
                        .length();
                assertTrue(answer < 4 << 20, "an answer of " + answer + " characters");
            }
            long honest = residentKib(quiet);
            long hostile = residentKib(greedy);
            System.out.printf("resident: %d KiB, with honest tenants %d KiB%n", hostile, honest);
            assertTrue(hostile - honest < MOST_MORE_KIB, hostile + " KiB, with honest tenants " + honest);
            assertFalse(greedy.log().contains("OutOfMemory"), greedy.log());
        }
    }

    private static String id(String pod) throws Exception {
        return stats(pod).getString("attributes.id");
    }

    private static Config stats(String pod) throws Exception {
        Config stats = served.get(pod);
        if (stats == null) {
            throw new AssertionError(pod + " is gone; the agent said " + agent.log());
        }
        return stats;
    }

    private static long residentKib(RunningAgent of) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + of.process().pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    /** A host of libvirt's test driver. */
    private static final class Host {
        private final StringBuilder node =
                new StringBuilder("<node><cpu><mhz>2000</mhz><model>x</model><active>2</active><nodes>1</nodes>"
                        + "<sockets>1</sockets><cores>2</cores><threads>1</threads></cpu><memory>8000000</memory>");
        private int vms;

        static String pod(String attributes, String inside) {
            return "<v:pod xmlns:v='urn:vmgauge:pod:1' " + attributes + ">" + inside + "</v:pod>";
        }

        /** Of the VM that will be made as the first, second, and so on, from now. */
        String uuid(int ahead) {
            return "00000000-0000-4000-8000-%012d".formatted(vms + ahead);
        }

        void vm(String name, String metadata) {
            String uuid = uuid(1);
            vms++;
            node.append("<domain type='test'><name>")
                    .append(name.replace("&", "&amp;").replace("<", "&lt;"))
                    .append("</name><uuid>" + uuid + "</uuid>")
                    .append("<memory>65536</memory><vcpu>1</vcpu><metadata>")
                    .append(metadata)
                    .append(
                            "</metadata><os><type>hvm</type></os><devices><memballoon model='virtio'/></devices></domain>");
        }

        Path write(Path dir) throws IOException {
            return Files.writeString(dir.resolve("host.xml"), node.append("</node>"));
        }
    }
}
