package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
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
 * The shipped agent without root, without any capability and without a way to get one, before a real libvirtd and QEMU.
 * Its user is nobody, for libvirtd turns away whom the machine does not know.
 */
class WithoutRootIT {
    private static final String NOBODY = "65534";
    private static final int PATIENCE_SECONDS = 60;

    @TempDir
    private static Path dir = Path.of("");

    private static Path lab = Path.of("");
    private static Path own = Path.of("");
    private static String uri = "";

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static Process agent;

    @BeforeAll
    static void boot() throws Exception {
        lab = Files.createDirectory(dir.resolve("l"));
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        // Where the build lies, nobody may have no right to look.
        copy(Path.of(System.getProperty("dist.dir", "")), dir.resolve("vmgauge"));
        own = Files.createDirectory(dir.resolve("own"));
        Files.setOwner(own, own.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
        Shipped.lab("libvirtd", "start", lab.toString());
        Shipped.lab("guest", lab.toString(), "plain", "--load", "20");
        uri = Shipped.lab("libvirtd", "uri", lab.toString());
        agent = new ProcessBuilder(asNobody("serve", "-D", "endpoint.cri.socket=" + own.resolve("s")))
                .redirectErrorStream(true)
                .redirectOutput(own.resolve("log").toFile())
                .start();
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
        assertTrue(status.contains("Uid:\t65534\t65534\t65534\t65534"), status);
        for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")) {
            assertTrue(status.contains(set + ":\t0000000000000000"), status);
        }
        assertTrue(status.contains("NoNewPrivs:\t1"), status);
    }

    @Test
    void checkSaysWhatItLacksForMore() throws Exception {
        assertTrue(check().contains("1 to measure"));
    }

    /**
     * By the real virt-df, in a place whose name is longer than the default's: libguestfs has its
     * sockets below it unless it is root's. The VM's image is root's, however.
     */
    @Test
    void imagesCanBeLookedIntoWithoutRootAndCheckSaysWhichOnesMayNotBe() throws Exception {
        Path appliance = dir.resolve("appliance");
        Shipped.lab("appliance", appliance.toString());
        Path virtDf = Files.writeString(
                dir.resolve("virt-df"), "#!/bin/sh\nLIBGUESTFS_PATH=" + appliance + " exec virt-df \"$@\"\n");
        Files.setPosixFilePermissions(virtDf, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path temp = own.resolve("runs");
        assertTrue(temp.toString().length() > "/var/tmp/vmgauge-virt-df/runs".length(), temp.toString());
        Path image = lab.resolve("images/plain.img");
        Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rw-------"));
        String said = check(
                "disk.source=virt-df",
                "filesystems.virt-df.command=" + virtDf,
                "filesystems.virt-df.accelerator=tcg",
                // On a busy machine the lowest priority can mean minutes.
                "filesystems.virt-df.nice=0",
                "filesystems.virt-df.io-class=normal",
                "filesystems.virt-df.time-limit=4m",
                "filesystems.virt-df.temp-directory=" + temp,
                "filesystems.virt-df.cache-directory=" + own.resolve("cache"));
        assertTrue(said.contains("can read disk images here, by emulation (TCG)"), said);
        assertTrue(said.contains("its disk usage will be absent: this user may not read " + image), said);
    }

    private static String check(String... settings) throws Exception {
        List<String> arguments = new ArrayList<>(asNobody("check"));
        for (String setting : settings) {
            arguments.addAll(List.of("-D", setting));
        }
        Path out = own.resolve("check");
        Process check = new ProcessBuilder(arguments)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertTrue(check.waitFor(300, TimeUnit.SECONDS));
        String said = Files.readString(out);
        assertEquals(0, check.exitValue(), said);
        return said;
    }

    /** vmgauge, as a user with nothing but an account. */
    private static List<String> asNobody(String... arguments) {
        return Stream.concat(
                        Stream.of(
                                "setpriv",
                                "--reuid=" + NOBODY,
                                "--regid=" + NOBODY,
                                "--clear-groups",
                                "--inh-caps=-all",
                                "--bounding-set=-all",
                                "--no-new-privs",
                                dir.resolve("vmgauge/bin/vmgauge").toString()),
                        Stream.concat(
                                Stream.of(arguments),
                                Stream.of(
                                        "-D",
                                        "hypervisor.libvirt.uri=" + uri,
                                        "-D",
                                        "disk.source=block",
                                        "-D",
                                        "sampling.disk.interval=2s")))
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
