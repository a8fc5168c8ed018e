package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
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
 * The shipped agent as a relay between a caller and a real containerd, where two of the pods that were made through it
 * have real QEMU guests of a real libvirtd for their containers: one known by its pod's uid, one by its container's id.
 * In order and on one agent, since guests boot slowly; the end of libvirtd comes last.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RelayIT {
    /** A pod and its only container, as the runtime knows them. */
    private record Pod(String sandbox, String container) {
        static Pod of(String ids) {
            String[] both = ids.split(" ", -1);
            return new Pod(both[0], both[1]);
        }
    }

    private static final String CPU = "cpu.usageCoreNanoSeconds.value";
    private static final String CPU_TIME = "cpu.timestamp";
    private static final String MEMORY = "memory.workingSetBytes.value";
    private static final int LAYER = 8 << 20;
    private static final String DISK = "writableLayer.usedBytes.value";

    private static Path dir = Path.of("");
    private static Path machines = Path.of("");
    private static Path runtime = Path.of("");
    private static String prefix = "";
    private static int starts;

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static RunningAgent agent;

    @SuppressWarnings("NullAway.Init") // likewise
    private static PodProgram kubelet;

    @SuppressWarnings("NullAway.Init") // likewise
    private static Pod byUid;

    @SuppressWarnings("NullAway.Init") // likewise
    private static Pod byId;

    @SuppressWarnings("NullAway.Init") // likewise
    private static Pod neighbour;

    @BeforeAll
    static void boot() throws Exception {
        dir = Files.createTempDirectory("vmr");
        machines = Files.createDirectory(dir.resolve("vms"));
        runtime = Files.createDirectory(dir.resolve("ctd"));
        Shipped.lab("containerd", "start", runtime.toString());
        Shipped.lab("libvirtd", "start", machines.toString());
        prefix = Shipped.lab("libvirtd", "prefix", machines.toString());
        startAgent();
        byUid = Pod.of(kubelet.ask("start by-uid"));
        byId = Pod.of(kubelet.ask("start by-id"));
        neighbour = Pod.of(kubelet.ask("start neighbour"));
        // The runtime's pods come first, as with a kubelet: a VM is never taken for what was made after it.
        guest("uid", "uid='uid-by-uid' name='any'", "<v:container name='work'/>", "--load", "30");
        guest(
                "id",
                "name='any'",
                "<v:container name='any' id='" + byId.container + "'/>",
                "--no-wait",
                "--disk-file",
                imageInLayer(byId).toString());
    }

    /** And somebody who calls it, and writes down what goes between the agent and the runtime, so must be there first. */
    private static void startAgent() throws Exception {
        String socket = Shipped.lab("containerd", "socket", runtime.toString());
        starts++;
        Path tee = dir.resolve("tee" + starts);
        kubelet = new PodProgram(
                dir.resolve("s").toString(),
                socket,
                Shipped.lab("containerd", "cgroup", runtime.toString()),
                tee.toString());
        agent = RunningAgent.on(
                dir,
                Shipped.lab("libvirtd", "uri", machines.toString()),
                "endpoint.cri.upstream=unix://" + tee,
                // As the default has it for a containerd at its usual place.
                "hypervisor.libvirt.disk.volume-directories=[\"" + runtime.resolve("root") + "\"]",
                "sampling.cpu.interval=1s",
                "sampling.memory.interval=1s",
                "sampling.network.interval=1s",
                "sampling.disk.interval=2s");
    }

    private static void restartAgent() throws Exception {
        kubelet.close();
        assertEquals(0, agent.end());
        startAgent();
    }

    @AfterAll
    static void end() throws Exception {
        try {
            kubelet.close();
            agent.close();
        } finally {
            Shipped.lab("libvirtd", "stop", machines.toString());
            Shipped.lab("containerd", "stop", runtime.toString());
            deleteAll(dir);
        }
    }

    /**
     * A disk in the container's own layer, written through the container's root; named as it is called below that, since
     * libvirtd has mounts of its own.
     */
    private static Path imageInLayer(Pod pod) throws IOException {
        Path root = runtime.resolve("state/io.containerd.runtime.v2.task/k8s.io/" + pod.container + "/rootfs");
        Files.write(root.resolve("disk.img"), new byte[LAYER]);
        Matcher upper = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(" " + root + " "))
                .map(Pattern.compile("upperdir=([^,]+)")::matcher)
                .filter(Matcher::find)
                .findFirst()
                .orElseThrow();
        return Path.of(upper.group(1), "disk.img");
    }

    private static void guest(String name, String pod, String inside, String... options) throws Exception {
        Path metadata = Files.writeString(
                dir.resolve(name + ".xml"),
                "<v:pod xmlns:v='urn:vmgauge:pod:1' namespace='lab' " + pod + ">" + inside + "</v:pod>");
        Shipped.lab(
                "guest",
                Stream.concat(
                                Stream.of(machines.toString(), name, "--metadata", metadata.toString()),
                                Stream.of(options))
                        .toArray(String[]::new));
    }

    @Test
    @Order(1)
    void theContainersThatAreVmsShowTheVmsNumbers() throws Exception {
        for (Pod pod : List.of(byUid, byId)) {
            String guest = pod.equals(byUid) ? "uid" : "id";
            agent.until("what its QEMU holds", () -> {
                long resident = OnHost.residentBytes(pid(guest));
                return Math.abs(stats("through", pod).getLong(MEMORY) - resident) < resident / 10;
            });
            assertTrue(stats("direct", pod).getLong(MEMORY) < 20 << 20, "the cgroup holds a sleeping shell");
        }
    }

    /** It booted, and burnt CPU time, before anybody asked. */
    @Test
    @Order(2)
    void aVmsCpuTimeGoesOnFromTheCgroupsAndOnlyGrowthIsAdded() throws Exception {
        agent.until(
                "growth beyond the cgroup's",
                () -> stats("through", byUid).getLong(CPU)
                        > stats("direct", byUid).getLong(CPU) + 300_000_000);
        long qemu = OnHost.cpuNanos(pid("uid"));
        long served = stats("through", byUid).getLong(CPU);
        assertTrue(served < qemu, "served " + served + " of " + qemu + " that the VM used in its life");
        agent.until("a second of growth", () -> stats("through", byUid).getLong(CPU) > served + 1_000_000_000);
        long grown = stats("through", byUid).getLong(CPU) - served;
        // What was served first was a few samples old.
        long most = OnHost.cpuNanos(pid("uid")) - qemu + 2_000_000_000;
        assertTrue(grown <= most, "grew by " + grown + " of at most " + most);
    }

    @Test
    @Order(3)
    void theWritableLayerIsTheRuntimesPlusTheVmsImage() throws Exception {
        Path image = machines.resolve("images/uid.img");
        agent.until("the image's size", () -> Math.abs(disk(byUid) - OnHost.allocated(image)) <= 1 << 20);
        assertEquals(
                stats("direct", byUid).getConfig("writableLayer.fsId"),
                stats("through", byUid).getConfig("writableLayer.fsId"));
    }

    @Test
    @Order(4)
    void anImageInTheContainersOwnLayerIsNotCountedTwice() throws Exception {
        agent.until("the layer's size", () -> {
            Config told = stats("direct", byId);
            return told.hasPath(DISK) && told.getLong(DISK) >= LAYER;
        });
        long memory = stats("through", byId).getLong("memory.timestamp");
        agent.until(
                "another round", () -> stats("through", byId).getLong("memory.timestamp") > memory + 3_000_000_000L);
        assertEquals(stats("direct", byId).getLong(DISK), stats("through", byId).getLong(DISK));
    }

    /** What the image adds; nothing while one of the two is not known yet. */
    private static long disk(Pod pod) throws IOException {
        Config relayed = stats("through", pod);
        Config told = stats("direct", pod);
        return relayed.hasPath(DISK) && told.hasPath(DISK) ? relayed.getLong(DISK) - told.getLong(DISK) : 0;
    }

    @Test
    @Order(5)
    void thePodsTotalsAgreeWithItsContainersInTheSameReply() throws Exception {
        agent.until("a network", () -> pod("through", byUid).hasPath("linux.network"));
        for (Pod each : List.of(byUid, byId)) {
            Config before = pod("direct", each);
            Config told = pod("through", each);
            Config container = told.getConfigList("linux.containers").get(0);
            assertEquals(each.container, container.getString("attributes.id"));
            assertTrue(container.getLong(MEMORY) > before.getLong("linux." + MEMORY), "the VM's, not the cgroup's");
            agree(CPU, told, container, before);
            agree(MEMORY, told, container, before);
            assertEquals(
                    container.hasPath("cpu.usageNanoCores"), told.hasPath("linux.cpu.usageNanoCores"), told::toString);
            assertTrue(stats("through", each).getLong(CPU) >= container.getLong(CPU), "ListContainerStats is behind");
        }
    }

    /** The pod is its container and its own overhead, which is what the runtime's pod has beside its container. */
    private static void agree(String field, Config told, Config container, Config before) {
        long overhead = told.getLong("linux." + field) - container.getLong(field);
        long own = before.getLong("linux." + field);
        assertTrue(overhead >= 0 && overhead <= own + own / 2, field + " of the pod is " + overhead + " more");
    }

    @Test
    @Order(6)
    void thePodHasTheVmsInterface() throws Exception {
        agent.until("pings", () -> pod("through", byUid).hasPath("linux.network.defaultInterface.rxBytes.value"));
        Config network = pod("through", byUid).getConfig("linux.network");
        assertEquals(OnHost.tap(machines.resolve("xml/uid.xml")), network.getString("defaultInterface.name"));
        assertEquals(1, network.getConfigList("interfaces").size());
        assertFalse(pod("direct", byUid).hasPath("linux.network"), "the runtime has none to tell of");
    }

    @Test
    @Order(7)
    void theNeighboursNumbersAreTheRuntimesOwn() throws Exception {
        assertEquals("untouched", kubelet.ask("untouched " + neighbour.container));
        assertEquals(sorted(byUid.container, byId.container), kubelet.ask("changed ListContainerStats"));
        assertEquals(sorted(byUid.sandbox, byId.sandbox), kubelet.ask("changed ListPodSandboxStats"));
        assertTrue(stats("through", neighbour).getLong(MEMORY) < 50 << 20);
    }

    private static String sorted(String... ids) {
        return String.join(" ", new TreeSet<>(List.of(ids)));
    }

    @Test
    @Order(8)
    void aPodLivesItsWholeLifeThroughTheRelayBesideThem() throws Exception {
        Pod pod = Pod.of(kubelet.ask("start passing"));
        assertEquals("heard wrong", kubelet.ask("compare " + pod.sandbox + " " + pod.container));
        assertEquals("heard wrong", kubelet.ask("compare " + byUid.sandbox + " " + byUid.container));
        assertEquals("removed", kubelet.ask("remove " + pod.sandbox + " " + pod.container));
    }

    @Test
    @Order(9)
    void aBoundContainerIsNotTakenByAVmThatClaimsIt() throws Exception {
        Series cpu = new Series(() -> stats("through", byUid).getConfig("cpu"));
        guest("thief", "name='thief'", "<v:container name='any' id='" + byUid.container + "'/>", "--no-wait");
        agent.until("a word about it", () -> {
            cpu.moves();
            kubelet.ask("details through");
            return agent.log().contains("lab/thief (VM ")
                    && agent.log().contains("container " + byUid.container + " is VM ");
        });
        long resident = OnHost.residentBytes(pid("uid"));
        assertTrue(Math.abs(stats("through", byUid).getLong(MEMORY) - resident) < resident / 10, "its own memory");
        destroy("thief");
    }

    @Test
    @Order(10)
    void aPodCountsItsVmOnceThoughItsContainerStartsAnew() throws Exception {
        Series total = new Series(() -> pod("through", byUid).getConfig("linux.cpu"));
        long before = total.value();
        long start = System.nanoTime();
        Pod old = byUid;
        byUid = new Pod(old.sandbox, kubelet.ask("restart by-uid " + old.sandbox + " " + old.container));
        agent.until("the VM's memory in the new container", () -> {
            total.moves();
            return stats("through", byUid).getLong(MEMORY) > 20 << 20;
        });
        agent.until("growth", () -> total.moves() && total.value() > before);
        // One vCPU and its emulator's threads.
        long most = 2 * (System.nanoTime() - start) + 1_000_000_000L;
        assertTrue(total.value() - before < most, before + " became " + total.value());
    }

    @Test
    @Order(11)
    void aVmThatIsOlderThanItsContainerIsBoundAndDoesNotJump() throws Exception {
        guest("older", "uid='uid-older' name='any'", "<v:container name='work'/>", "--load", "50");
        Pod older = Pod.of(kubelet.ask("start older"));
        agent.until("the VM's memory", () -> stats("through", older).getLong(MEMORY) > 20 << 20);
        long qemu = OnHost.cpuNanos(pid("older"));
        long served = stats("through", older).getLong(CPU);
        assertTrue(qemu > 1_000_000_000L && served < qemu - 500_000_000L, served + " of " + qemu);

        destroy("older");
        agent.until("the cgroup's memory", () -> stats("through", older).getLong(MEMORY) < 20 << 20);
        Series cpu = new Series(() -> stats("through", older).getConfig("cpu"));
        Series total = new Series(() -> pod("through", older).getConfig("linux.cpu"));
        for (int i = 0; i < 3; i++) {
            // As crictl asks.
            TimeUnit.SECONDS.sleep(1);
            assertTrue(cpu.moves() && total.moves(), "no time has passed in an answer of a VM that is gone");
        }
        assertTrue(agent.log().contains(" of container " + older.container + " is gone"), agent.log());
        restartAgent();
        assertTrue(stats("through", older).getLong(MEMORY) < 20 << 20, "after a start of the agent too");
        agent.until("time moves", () -> cpu.moves() && total.moves());
        kubelet.ask("remove " + older.sandbox + " " + older.container);
    }

    private static void destroy(String guest) throws Exception {
        Shipped.lab("libvirtd", "virsh", machines.toString(), "destroy", prefix + "-" + guest);
    }

    @Test
    @Order(12)
    void withoutLibvirtdTheVmsAndTheNeighboursGoOn() throws Exception {
        killLibvirtd();
        agent.until("a word of it", () -> agent.log().contains("The list of VMs is stale"));
        Config vm = stats("through", byUid);
        long time = stats("through", neighbour).getLong(CPU_TIME);
        agent.until("fresh numbers of the VM", () -> {
            Config now = stats("through", byUid);
            return now.getLong(CPU_TIME) > vm.getLong(CPU_TIME)
                    && now.getLong(CPU) >= vm.getLong(CPU)
                    && now.getLong("memory.timestamp") > vm.getLong("memory.timestamp");
        });
        agent.until(
                "fresh numbers of the neighbour",
                () -> stats("through", neighbour).getLong(CPU_TIME) > time);
        assertTrue(stats("through", byUid).getLong(MEMORY) > 20 << 20, "the container's, not the VM's");
        assertEquals("untouched", kubelet.ask("untouched " + neighbour.container));

        Config before = stats("through", byUid);
        Shipped.lab("libvirtd", "start", machines.toString());
        agent.until(
                "fresh numbers of the VM", () -> stats("through", byUid).getLong(CPU_TIME) > before.getLong(CPU_TIME));
        assertTrue(stats("through", byUid).getLong(CPU) >= before.getLong(CPU), "a counter fell");
    }

    private static void killLibvirtd() throws Exception {
        long daemon = Long.parseLong(Shipped.lab("libvirtd", "pid", machines.toString()));
        ProcessHandle.of(daemon).orElseThrow().destroyForcibly();
    }

    @Test
    @Order(13)
    void whenTheAgentStartsAnewNoCounterDoes() throws Exception {
        Series container = new Series(() -> stats("through", byUid).getConfig("cpu"));
        Series pod = new Series(() -> pod("through", byUid).getConfig("linux.cpu"));
        assertTrue(container.value() > stats("direct", byUid).getLong(CPU) + 100_000_000, "the VM's");

        restartAgent();
        agent.until("fresh numbers after the start", () -> container.moves() && pod.moves());

        killLibvirtd();
        restartAgent();
        // It has seen no VM in this life.
        for (int i = 0; i < 5; i++) {
            container.moves();
            pod.moves();
        }
        Shipped.lab("libvirtd", "start", machines.toString());
        agent.until("fresh numbers when libvirtd is back", () -> container.moves() && pod.moves());
        assertEquals("untouched", kubelet.ask("untouched " + neighbour.container));
    }

    /** A counter as a reader sees it; fails if it falls, or its time does. */
    private static final class Series {
        private final Source source;
        private Config last;

        private interface Source {
            Config cpu() throws IOException;
        }

        Series(Source source) throws IOException {
            this.source = source;
            this.last = source.cpu();
        }

        long value() {
            return last.getLong("usageCoreNanoSeconds.value");
        }

        /** Reads on, and says whether there was something new. */
        boolean moves() throws IOException {
            Config before = last;
            long value = value();
            last = source.cpu();
            assertTrue(value() >= value, () -> "fell from " + before + " to " + last);
            assertTrue(last.getLong("timestamp") >= before.getLong("timestamp"), () -> before + " became " + last);
            return last.getLong("timestamp") > before.getLong("timestamp");
        }
    }

    private static Config stats(String way, Pod pod) throws IOException {
        return entry(kubelet.message("containers " + way), pod.container);
    }

    private static Config pod(String way, Pod pod) throws IOException {
        return entry(kubelet.message("pods " + way), pod.sandbox);
    }

    private static Config entry(Config answer, String id) {
        return answer.getConfigList("stats").stream()
                .filter(entry -> entry.getString("attributes.id").equals(id))
                .findAny()
                .orElseThrow(() -> new AssertionError(id + " is not in " + answer));
    }

    private static long pid(String guest) throws IOException {
        return Long.parseLong(Files.readString(machines.resolve("run/qemu/" + prefix + "-" + guest + ".pid"))
                .strip());
    }

    private static void deleteAll(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
