package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.model.Capability;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The shipped agent in a container, without any right, before libvirt and QEMU in another: over a socket that they share,
 * and over TCP. Both images are made here, of Debian's packages. In order, since the last test kills libvirt.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ContainersIT {
    private static final int PATIENCE_SECONDS = 90;

    @TempDir
    private static Path dir = Path.of("");

    private static Path engine = Path.of("");
    private static String libvirtImage = "";

    @SuppressWarnings("NullAway.Init") // start comes before any test
    private static Network network;

    @SuppressWarnings("NullAway.Init")
    private static GenericContainer<?> libvirt;

    @SuppressWarnings("NullAway.Init")
    private static Boxed overSocket;

    @SuppressWarnings("NullAway.Init")
    private static Boxed overTcp;

    /** An agent in a container, with the directory of its socket on the host. */
    private record Boxed(GenericContainer<?> container, Path socket) {
        /** What it serves, by pod. */
        Map<String, Config> all() throws Exception {
            return RunningAgent.stats(socket.toString());
        }

        void until(String what, RunningAgent.Check check) throws Exception {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!check.holds()) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("no " + what + "; the agent said " + container.getLogs()
                            + " and libvirt said " + libvirt.getLogs());
                }
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    @BeforeAll
    static void start() throws Exception {
        engine = dir.resolve("e");
        Shipped.lab("podman", "start", engine.toString());
        System.setProperty("DOCKER_HOST", "unix://" + engine.resolve("podman.sock"));
        network = Network.newNetwork();
        libvirtImage = libvirtImage();
        libvirt = libvirt();
        String agentImage = new ImageFromDockerfile("vmgauge.test/agent:1", false)
                .withFileFromPath("Dockerfile", lab("containers/agent/Dockerfile"))
                .withFileFromPath("vmgauge", Path.of(System.getProperty("dist.dir", "")))
                .get();
        overSocket = agent(agentImage, "one", "qemu:///system?socket=/sockets/libvirt-sock-ro");
        overTcp = agent(agentImage, "two", "qemu+tcp://libvirt/system");
    }

    @AfterAll
    static void end() throws Exception {
        System.clearProperty("DOCKER_HOST");
        Shipped.lab("podman", "stop", engine.toString());
    }

    @Test
    @Order(1)
    void aVmInAnotherContainerIsMeasuredOverASharedSocket() throws Exception {
        measured(overSocket);
    }

    @Test
    @Order(2)
    void aVmInAnotherContainerIsMeasuredOverTcp() throws Exception {
        measured(overTcp);
    }

    @Test
    @Order(3)
    void theAgentInItsContainerHasNoRightAtAll() throws Exception {
        for (Boxed agent : List.of(overSocket, overTcp)) {
            String status = agent.container()
                    .execInContainer("/bin/bash", "-c", "cat /proc/1/status")
                    .getStdout();
            assertTrue(status.contains("Uid:\t4711\t4711\t4711\t4711"), status);
            assertTrue(status.contains("CapEff:\t0000000000000000"), status);
        }
    }

    @Test
    @Order(4)
    void aLibvirtThatIsKilledAndReplacedIsMeasuredAgain() throws Exception {
        long killed = System.currentTimeMillis() * 1_000_000;
        libvirt.getDockerClient().killContainerCmd(libvirt.getContainerId()).exec();
        for (Boxed agent : List.of(overSocket, overTcp)) {
            // From memory, at once.
            assertTrue(agent.all().getOrDefault("boxed", ConfigFactory.empty()).hasPath("cpu.usageCoreNanoSeconds"));
        }
        libvirt.stop();
        libvirt = libvirt();
        for (Boxed agent : List.of(overSocket, overTcp)) {
            agent.until("fresh numbers", () -> {
                Config stats = agent.all().getOrDefault("boxed", ConfigFactory.empty());
                return stats.hasPath("cpu") && stats.getLong("cpu.timestamp") > killed;
            });
            measured(agent);
            assertTrue(agent.container().isRunning());
        }
    }

    /** What is served is what QEMU's own container says. */
    private static void measured(Boxed agent) throws Exception {
        agent.until("rate and working set that are QEMU's", () -> {
            Config stats = agent.all().getOrDefault("boxed", ConfigFactory.empty());
            if (!stats.hasPath("cpu.usageNanoCores") || !stats.hasPath("memory.workingSetBytes")) {
                return false;
            }
            long rate = stats.getLong("cpu.usageNanoCores.value");
            long resident = residentBytes();
            return rate > 1_000_000L
                    && rate < 2_500_000_000L
                    && Math.abs(stats.getLong("memory.workingSetBytes.value") - resident) < resident / 10;
        });
    }

    private static long residentBytes() throws Exception {
        String kib = libvirt.execInContainer(
                        "/bin/bash",
                        "-c",
                        "while read name kib unit; do [[ $name != VmRSS: ]] || echo $kib; done"
                                + " </proc/$(cat /run/libvirt/qemu/boxed.pid)/status")
                .getStdout()
                .strip();
        return kib.isEmpty() ? 0 : Long.parseLong(kib) * 1024;
    }

    private static String libvirtImage() throws Exception {
        Path initrd = Path.of(Shipped.lab("initrd"));
        Path kernel;
        try (var kernels = Files.newDirectoryStream(initrd.resolveSibling("kernel/boot"), "vmlinuz-*")) {
            kernel = kernels.iterator().next();
        }
        return new ImageFromDockerfile("vmgauge.test/libvirtd:1", false)
                .withFileFromPath(".", lab("containers/libvirt"))
                .withFileFromPath("kernel", kernel)
                .withFileFromPath("initrd", initrd)
                .get();
    }

    /** Its socket's directory outlives it, as on a host. */
    private static GenericContainer<?> libvirt() throws Exception {
        GenericContainer<?> container = new GenericContainer<>(libvirtImage)
                .withImagePullPolicy(image -> false)
                .withPrivilegedMode(true)
                .withNetwork(network)
                .withNetworkAliases("libvirt")
                .withFileSystemBind(open("sockets").toString(), "/sockets", BindMode.READ_WRITE);
        container.start();
        return container;
    }

    private static Boxed agent(String image, String name, String uri) throws Exception {
        Path own = open(name);
        GenericContainer<?> container = new GenericContainer<>(image)
                .withImagePullPolicy(any -> false)
                .withNetwork(network)
                .withFileSystemBind(open("sockets").toString(), "/sockets", BindMode.READ_WRITE)
                .withFileSystemBind(own.toString(), "/run/vmgauge", BindMode.READ_WRITE)
                .withCreateContainerCmdModifier(
                        command -> command.getHostConfig().withCapDrop(Capability.ALL))
                .withCommand(
                        "-D",
                        "hypervisor.libvirt.uri=" + uri,
                        "-D",
                        "disk.source=block",
                        "-D",
                        "sampling.cpu.interval=1s",
                        "-D",
                        "sampling.memory.interval=1s");
        container.start();
        Boxed agent = new Boxed(container, own.resolve("vmgauge.sock"));
        agent.until("socket", () -> Files.exists(agent.socket()));
        return agent;
    }

    /** A directory of the host that every user may write to. */
    private static Path open(String name) throws Exception {
        Path place = Files.createDirectories(dir.resolve(name));
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
        return place;
    }

    private static Path lab(String path) {
        return Path.of(System.getProperty("lab.dir", "lab"), path);
    }
}
