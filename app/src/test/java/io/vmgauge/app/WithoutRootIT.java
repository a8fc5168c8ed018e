package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The shipped agent as a system user of its own in the group libvirt, without any capability and without a way to get one,
 * before a real libvirtd and QEMU whose read-only socket is open to that group only. The user exists in libvirtd's mount
 * namespace and nowhere else, so nothing of him stays.
 */
class WithoutRootIT {
    private static final int USER = 61_201;
    private static final int LIBVIRT = 61_202;
    private static final int OTHER_GROUP = 61_203;
    private static final String BLOCK = "disk.source=block";
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private static Path dir = Path.of("");

    private static Path lab = Path.of("");
    private static Path own = Path.of("");
    private static String uri = "";
    private static String daemon = "";

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static Process agent;

    @BeforeAll
    static void boot() throws Exception {
        lab = Files.createDirectory(dir.resolve("l"));
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        // Where the build lies, the user may have no right to look.
        copy(Path.of(System.getProperty("dist.dir", "")), dir.resolve("vmgauge"));
        own = Files.createDirectory(dir.resolve("own"));
        Files.setAttribute(own, "unix:uid", USER);
        Shipped.lab("libvirtd", "start", lab.toString());
        daemon = Shipped.lab("libvirtd", "pid", lab.toString());
        account();
        Path socket = lab.resolve("run/libvirt-sock-ro");
        Files.setAttribute(socket, "unix:gid", LIBVIRT);
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwxrwx---"));
        Shipped.lab("guest", lab.toString(), "plain", "--load", "20");
        uri = Shipped.lab("libvirtd", "uri", lab.toString());
        agent = new ProcessBuilder(asUser(
                        LIBVIRT,
                        "serve",
                        BLOCK,
                        "-D",
                        "endpoint.cri.socket=" + own.resolve("s"),
                        "-D",
                        "sampling.disk.interval=2s"))
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("log").toFile())
                .start();
    }

    /** What useradd --system would write, over the tables that libvirtd sees. */
    private static void account() throws Exception {
        for (String table : List.of("passwd", "group")) {
            Path file = dir.resolve(table);
            List<String> lines = new ArrayList<>(Files.readAllLines(Path.of("/proc/" + daemon + "/root/etc/" + table)));
            lines.removeIf(line -> line.startsWith("libvirt:") || line.startsWith("vmgauge:"));
            lines.add(
                    table.equals("passwd")
                            ? "vmgauge:x:" + USER + ":" + LIBVIRT + "::/nonexistent:/usr/sbin/nologin"
                            : "libvirt:x:" + LIBVIRT + ":");
            Files.write(file, lines);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
            Shipped.Result mount = Shipped.execute(
                    List.of("nsenter", "-t", daemon, "--mount", "mount", "--bind", file.toString(), "/etc/" + table));
            assertEquals(0, mount.exit(), mount.toString());
        }
    }

    @AfterAll
    static void end() throws Exception {
        try {
            agent.destroy();
            if (!agent.waitFor(10, TimeUnit.SECONDS)) {
                agent.destroyForcibly();
            }
        } finally {
            Shipped.lab("libvirtd", "stop", lab.toString());
        }
    }

    @Test
    void aVmIsMeasuredAndServedWithoutRootOrAnyCapability() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        Config stats = ConfigFactory.empty();
        while (!stats.hasPath("cpu.usageNanoCores")
                || !stats.hasPath("memory.workingSetBytes")
                || !stats.hasPath("writableLayer.usedBytes")) {
            if (System.nanoTime() > end || !agent.isAlive()) {
                throw new AssertionError("served " + stats + "; the agent said " + log());
            }
            TimeUnit.MILLISECONDS.sleep(200);
            stats = Files.exists(own.resolve("s"))
                    ? RunningAgent.stats(own.resolve("s").toString()).values().stream()
                            .findFirst()
                            .orElse(stats)
                    : stats;
        }
        String status = Files.readString(Path.of("/proc/" + agent.pid() + "/status"));
        assertTrue(status.contains("Uid:\t" + (USER + "\t").repeat(3) + USER), status);
        assertTrue(status.contains("Gid:\t" + (LIBVIRT + "\t").repeat(3) + LIBVIRT), status);
        assertTrue(status.matches("(?s).*\nGroups:\\s*\n.*"), status);
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            assertTrue(status.contains(set + ":\t0000000000000000"), status);
        }
        assertTrue(status.contains("NoNewPrivs:\t1"), status);
    }

    @Test
    void withoutTheGroupItSaysThatItLacksIt() throws Exception {
        Shipped.Result check = Shipped.execute(asUser(OTHER_GROUP, "check", BLOCK));
        assertEquals(4, check.exit(), check.toString());
        assertTrue(check.err().contains("Permission denied"), check.err());
        assertTrue(check.err().contains("as a user in the group libvirt"), check.err());
    }

    @Test
    void withBlockItLacksNothing() throws Exception {
        Shipped.Result check = Shipped.execute(asUser(LIBVIRT, "check", BLOCK));
        assertEquals(0, check.exit(), check.toString());
        assertTrue(check.out().contains("1 to measure"), check.out());
        assertFalse(check.out().contains("this user"), check.out());
    }

    /** Another program prints what virt-df prints of a disk without a filesystem. */
    @Test
    void forVirtDfItSaysThatImagesAndKvmAreNotForThisUser() throws Exception {
        Path virtDf = Files.writeString(
                dir.resolve("virt-df"), "#!/bin/sh\necho VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n");
        Files.setPosixFilePermissions(virtDf, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> command = asUser(
                LIBVIRT,
                "check",
                "disk.source=virt-df",
                "-D",
                "filesystems.virt-df.command=" + virtDf,
                "-D",
                "filesystems.virt-df.temp-directory=" + own.resolve("runs"),
                "-D",
                "filesystems.virt-df.cache-directory=" + own.resolve("cache"));
        Path image = image();
        Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-r-----"));
        String lacking = Shipped.execute(command).out();
        assertTrue(lacking.contains("has an image that this user cannot read"), lacking);
        assertTrue(lacking.contains("by emulation (TCG), since /dev/kvm "), lacking);
        Files.setAttribute(image, "unix:gid", LIBVIRT);
        String mended = Shipped.execute(command).out();
        assertFalse(mended.contains("this user cannot read"), mended);
    }

    @Test
    void forTheRelayItSaysThatTheRuntimesSocketIsNotForThisUser() throws Exception {
        Path socket = dir.resolve("r");
        try (ServerSocketChannel runtime = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            runtime.bind(UnixDomainSocketAddress.of(socket));
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw----"));
            List<String> command = asUser(LIBVIRT, "check", BLOCK, "-D", "endpoint.cri.upstream=unix://" + socket);
            Shipped.Result lacking = Shipped.execute(command);
            assertEquals(1, lacking.exit(), lacking.toString());
            assertTrue(
                    lacking.out().contains("cannot be connected to at " + socket + ": Permission denied"),
                    lacking.out());
            Files.setAttribute(socket, "unix:gid", LIBVIRT);
            Shipped.Result mended = Shipped.execute(command);
            assertEquals(0, mended.exit(), mended.toString());
        }
    }

    /**
     * By the real virt-df, in a place whose name is longer than the default's: libguestfs has its sockets below it unless
     * it is root's.
     */
    @Test
    void imagesCanBeLookedIntoWithoutRoot() throws Exception {
        Path appliance = dir.resolve("appliance");
        Shipped.lab("appliance", appliance.toString());
        Path virtDf = Files.writeString(
                dir.resolve("virt-df"), "#!/bin/sh\nLIBGUESTFS_PATH=" + appliance + " exec virt-df \"$@\"\n");
        Files.setPosixFilePermissions(virtDf, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path temp = own.resolve("runs");
        assertTrue(temp.toString().length() > "/var/tmp/vmgauge-virt-df/runs".length(), temp.toString());
        List<String> command = new ArrayList<>(asUser(LIBVIRT, "check", "disk.source=virt-df"));
        for (String setting : List.of(
                "filesystems.virt-df.command=" + virtDf,
                "filesystems.virt-df.accelerator=tcg",
                // On a busy machine the lowest priority can mean minutes.
                "filesystems.virt-df.nice=0",
                "filesystems.virt-df.io-class=normal",
                "filesystems.virt-df.time-limit=4m",
                "filesystems.virt-df.temp-directory=" + temp,
                "filesystems.virt-df.cache-directory=" + own.resolve("cache"))) {
            command.addAll(List.of("-D", setting));
        }
        Path out = own.resolve("check");
        Process check = new ProcessBuilder(command).redirectOutput(out.toFile()).start();
        assertTrue(check.waitFor(300, TimeUnit.SECONDS));
        String said = Files.readString(out);
        assertTrue(said.contains("can read disk images here, by emulation (TCG)"), said);
    }

    private static Path image() throws IOException {
        try (Stream<Path> images = Files.list(lab.resolve("images"))) {
            return images.filter(file -> file.getFileName().toString().contains("plain"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** vmgauge, as the user with this group and nothing else. */
    private static List<String> asUser(int group, String command, String diskSource, String... more) {
        return Stream.concat(
                        Stream.of(
                                "nsenter",
                                "-t",
                                daemon,
                                "--mount",
                                "setpriv",
                                "--reuid=" + USER,
                                "--regid=" + group,
                                "--clear-groups",
                                "--inh-caps=-all",
                                "--bounding-set=-all",
                                "--no-new-privs",
                                dir.resolve("vmgauge/bin/vmgauge").toString(),
                                command,
                                "-D",
                                "hypervisor.libvirt.uri=" + uri,
                                "-D",
                                diskSource),
                        Stream.of(more))
                .toList();
    }

    private static String log() throws IOException {
        return Files.readString(own.resolve("log"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }
}
