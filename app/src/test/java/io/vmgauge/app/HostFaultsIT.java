package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The host refuses what every program takes for granted. Full and read-only disks are small file systems in a mount
 * namespace of the agent's own, so they go when it goes.
 */
@Tag("alone")
class HostFaultsIT {
    private static final Pattern ONE_LINE = Pattern.compile("vmgauge: [^\n]+\n");
    private static final String TEST_DRIVER = "test:///default";
    private static final int STUBBORN_PROCESSES = 3;

    @TempDir
    private Path dir = Path.of("");

    /** What may happen to a disk. */
    enum Disk {
        READ_ONLY("mount -o remount,ro \"$0\"", "Read-only file system"),
        /** Neither a byte nor a name. */
        FULL(
                "mount -o remount,size=4k,nr_inodes=4 \"$0\"; cat /dev/zero >\"$0/filler\" || touch \"$0/more\"",
                "No space left on device");

        private final String script;
        private final String complaint;

        Disk(String script, String complaint) {
            this.script = script;
            this.complaint = complaint;
        }

        /** A wrapper that mounts it at this directory, with its temporary and home directories on it. */
        List<String> at(Path place) {
            return List.of(
                    "unshare",
                    "--mount",
                    "--propagation",
                    "private",
                    "sh",
                    "-c",
                    "mount -t tmpfs -o size=64k none \"$0\" && mkdir -m 700 \"$0/tmp\" && (" + script
                            + ") 2>/dev/null; export HOME=\"$0/tmp\" XDG_CACHE_HOME=\"$0/tmp\" TMPDIR=\"$0/tmp\""
                            + " VMGAUGE_JAVA_OPTS=\"-Djava.io.tmpdir=$0/tmp\"; exec \"$@\"",
                    place.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutAPlaceForTemporaryFilesItStartsAndServes(Disk disk) throws Exception {
        try (RunningAgent agent = RunningAgent.within(disk.at(mountPoint()), dir, TEST_DRIVER)) {
            assertEquals(1, agent.stats().size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereNoSocketCanBeItSaysSoInOneLine(Disk disk) throws Exception {
        Path place = mountPoint();
        Path socket = place.resolve("s");
        Shipped.Result refused = Shipped.run(disk.at(place), serve(socket));
        assertEquals(5, refused.exit(), refused.toString());
        String line = refused.err()
                .lines()
                .filter(l -> l.startsWith("vmgauge: "))
                .findFirst()
                .orElse("");
        assertTrue(line.contains(socket.toString()) && line.contains(disk.complaint), refused.toString());
        assertFalse(refused.err().contains("\tat "), refused.toString());
    }

    /** Where guests' filesystems cannot be read for want of a place to work, everything else is served. */
    @ParameterizedTest
    @EnumSource
    void withoutAPlaceForReadingsTheOtherNumbersAreServed(Disk disk) throws Exception {
        Path place = mountPoint();
        try (RunningAgent agent = RunningAgent.within(
                disk.at(place),
                dir,
                bundledPods(),
                "disk.source=virt-df",
                "sampling.disk.interval=1s",
                "filesystems.virt-df.temp-directory=" + place.resolve("runs"),
                "filesystems.virt-df.cache-directory=" + place.resolve("cache"))) {
            agent.until("a word of it", () -> agent.log().contains("cannot be read: "));
            agent.until("numbers", () -> agent.stats().values().stream()
                    .allMatch(vm -> vm.hasPath("cpu.usageNanoCores") && vm.hasPath("memory.workingSetBytes")));
            assertTrue(agent.stats().values().stream().noneMatch(vm -> vm.hasPath("writableLayer")));
            assertFalse(agent.log().contains("\tat "), agent.log());
        }
    }

    /** Its log goes to a disk that fills up while it runs, and is emptied again. */
    @Test
    void aFullDiskUnderItsLogStopsNothing() throws Exception {
        Path place = mountPoint();
        List<String> wrapper = List.of(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                "mount -t tmpfs -o size=16k none \"$0\" && exec \"$@\" 2>>\"$0/log\"",
                place.toString());
        // Its own log stays empty, since it writes to the disk in question.
        Process process = Shipped.start(wrapper, dir.resolve("out"), serve(dir.resolve("s")));
        try (Reader reader = awaitReader(process, dir.resolve("s"))) {
            Path log = Path.of("/proc/" + process.pid() + "/root" + place, "log");
            eventually("its first words", () -> Files.size(log) > 0);
            fill(log.resolveSibling("filler"));
            // Something that it would write about: a hundred callers, of whom it takes 64.
            for (int i = 0; i < 3; i++) {
                close(crowd(dir.resolve("s"), 100));
            }
            eventually("an answer", () -> reader.look().size() == 1);
            assertTrue(process.isAlive());
        } finally {
            process.destroy();
            assertTrue(process.waitFor(5, TimeUnit.SECONDS));
        }
        assertEquals(0, process.exitValue());
    }

    @Test
    void aPathThatAnotherServerUsesIsLeftToIt() throws Exception {
        Path socket = dir.resolve("s");
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(socket));
            refused(socket, "already serves on");
            SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
        }
    }

    @Test
    void aPathThatIsAFileOrADirectoryIsNotTouched() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "precious");
        refused(file, "not a socket");
        assertEquals("precious", Files.readString(file));
        Path directory = Files.createDirectory(dir.resolve("directory"));
        refused(directory, "not a socket");
        assertTrue(Files.isDirectory(directory));
        Path link = Files.createSymbolicLink(dir.resolve("link"), file);
        refused(link, "not a socket");
        assertTrue(Files.isSymbolicLink(link));
    }

    /** More callers than it may have files for: those inside are served, and when they go all is as before. */
    @Test
    void itOutlivesTheEndOfItsFileDescriptors() throws Exception {
        List<String> wrapper = List.of("prlimit", "--nofile=90:90");
        try (RunningAgent agent = RunningAgent.within(wrapper, dir, TEST_DRIVER, "endpoint.cri.max-connections=1000");
                Reader reader = new Reader(agent.socket())) {
            reader.look();
            long before = agent.open();
            List<SocketChannel> crowd = crowd(Path.of(agent.socket()), 120);
            try {
                agent.until("a word of it", () -> agent.log().contains("no further callers can be let in"));
                assertEquals(1, reader.lookOn().size());
                long stood = cpuTime(reader);
                agent.until("fresh numbers", () -> cpuTime(reader) > stood);
                TimeUnit.SECONDS.sleep(3);
            } finally {
                close(crowd);
            }
            agent.until("files", () -> agent.open() <= before);
            try (Reader another = new Reader(agent.socket())) {
                assertEquals(1, another.look().size());
            }
            assertFalse(agent.log().contains("\tat "), agent.log());
            assertEquals(
                    1,
                    agent.log()
                            .lines()
                            .filter(line -> line.contains("no further callers"))
                            .count());
        }
    }

    @Test
    void toBeToldToEndDuringAReadingEndsThatTooThoughACallerStays() throws Exception {
        try (RunningAgent agent = RunningAgent.on(dir, vmWithADisk(), stubborn());
                Reader caller = new Reader(agent.socket())) {
            agent.until("a reading", () -> pids().size() >= STUBBORN_PROCESSES);
            assertFalse(caller.look().isEmpty());
            List<Long> pids = pids();
            long begun = System.nanoTime();
            assertEquals(0, agent.end(), agent.log());
            long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
            assertEquals(List.of(), running(pids));
            assertEquals(List.of(), runs());
            assertFalse(Files.exists(Path.of(agent.socket())));
            assertTrue(took < 5000, "took " + took + " ms");
        }
    }

    /** None are left to look at processes with; so it is done when there are some again. */
    @Test
    void aReadingIsEndedAlsoWhenThereAreNoFileDescriptors() throws Exception {
        List<String> wrapper = List.of("prlimit", "--nofile=110:110");
        List<String> settings = new ArrayList<>(List.of(stubborn()));
        settings.add("endpoint.cri.max-connections=1000");
        settings.add("filesystems.virt-df.time-limit=6s");
        try (RunningAgent agent = RunningAgent.within(wrapper, dir, vmWithADisk(), settings.toArray(String[]::new))) {
            agent.until("a reading", () -> pids().size() >= STUBBORN_PROCESSES);
            List<Long> pids = pids();
            List<SocketChannel> crowd = crowd(Path.of(agent.socket()), 140);
            try {
                agent.until("a word of it", () -> agent.log().contains("no further callers can be let in"));
                TimeUnit.SECONDS.sleep(9);
            } finally {
                close(crowd);
            }
            agent.until("the end of the reading", () -> running(pids).isEmpty());
        }
        assertEquals(List.of(), runs());
    }

    /** Its virt-df works, the agent's hangs; both have their files in the same place. */
    @Test
    void checkSparesTheReadingsOfAnAgentThatLivesAndEndsThoseOfOneThatWasKilled() throws Exception {
        Path works = program("works", "echo VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n");
        try (RunningAgent agent = RunningAgent.on(dir, vmWithADisk(), stubborn())) {
            agent.until("a reading", () -> pids().size() >= STUBBORN_PROCESSES);
            List<Long> pids = pids();
            check(works);
            assertEquals(pids, running(pids));
            agent.process().destroyForcibly().waitFor();
            assertFalse(running(pids).isEmpty());
            check(works);
            assertEquals(List.of(), running(pids));
            assertEquals(List.of(), runs());
        }
    }

    private void check(Path virtDf) throws Exception {
        Shipped.Result said = Shipped.run(
                "check",
                "-D",
                "hypervisor.libvirt.uri=" + TEST_DRIVER,
                "-D",
                "disk.source=virt-df",
                "-D",
                "filesystems.virt-df.command=" + virtDf,
                "-D",
                "filesystems.virt-df.accelerator=tcg",
                "-D",
                "filesystems.virt-df.temp-directory=" + dir.resolve("runs"),
                "-D",
                "filesystems.virt-df.cache-directory=" + dir.resolve("cache"));
        assertTrue(said.out().contains("can read disk images here"), said.toString());
    }

    /** An agent whose virt-df hangs, ignores what it can, and has children: one has left its session and environment. */
    private String[] stubborn() throws IOException {
        String body =
                """
                pids='%s'
                trap '' TERM INT HUP
                echo $$ >>"$pids"
                (trap '' TERM; echo $BASHPID >>"$pids"; while :; do sleep 600; done) &
                (env -i setsid bash -c 'trap "" TERM; echo $$ >>'"$pids"'; while :; do /bin/sleep 600; done' &)
                while :; do sleep 600; done
                """
                        .formatted(dir.resolve("pids"));
        return new String[] {
            "disk.source=virt-df",
            "sampling.disk.interval=1s",
            "filesystems.virt-df.command=" + program("virt-df", body),
            "filesystems.virt-df.accelerator=tcg",
            "filesystems.virt-df.temp-directory=" + dir.resolve("runs"),
            "filesystems.virt-df.cache-directory=" + dir.resolve("cache")
        };
    }

    private String vmWithADisk() throws IOException {
        Path disk = Files.write(dir.resolve("disk"), new byte[1 << 20]);
        Path node = Files.writeString(
                dir.resolve("node.xml"),
                """
                <node><domain type='test'><name>vm</name><uuid>6b1d3c52-94a7-4e0c-8f21-0000000000d1</uuid>
                <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64'>hvm</type></os>
                <devices><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>
                <target dev='vda' bus='virtio'/></disk></devices></domain></node>
                """
                        .formatted(disk));
        return "test://" + node;
    }

    private Path program(String name, String body) throws IOException {
        Path file = Files.writeString(dir.resolve(name), "#!/bin/bash\n" + body);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<Long> running(List<Long> pids) {
        return pids.stream()
                .filter(pid -> Files.exists(Path.of("/proc/" + pid + "/exe")))
                .toList();
    }

    private List<Path> runs() throws IOException {
        try (Stream<Path> all = Files.list(dir.resolve("runs"))) {
            return all.toList();
        }
    }

    private static long cpuTime(Reader reader) {
        return reader.look().values().iterator().next().cpuTime().orElseThrow();
    }

    private List<Long> pids() throws IOException {
        Path file = dir.resolve("pids");
        return Files.exists(file)
                ? Files.readAllLines(file).stream().map(Long::valueOf).toList()
                : List.of();
    }

    private void refused(Path socket, String why) throws Exception {
        Shipped.Result result = Shipped.run(List.of(), serve(socket));
        assertEquals(5, result.exit(), result.toString());
        String error = result.err().substring(Math.max(0, result.err().indexOf("vmgauge: ")));
        assertTrue(ONE_LINE.matcher(error).matches(), result.toString());
        assertTrue(error.contains(socket.toString()) && error.contains(why), error);
    }

    private static String[] serve(Path socket) {
        return new String[] {
            "serve",
            "-D",
            "hypervisor.libvirt.uri=" + TEST_DRIVER,
            "-D",
            "endpoint.cri.socket=" + socket,
            "-D",
            "disk.source=block"
        };
    }

    private Path mountPoint() throws IOException {
        return Files.createDirectory(dir.resolve("mnt"));
    }

    private static void fill(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(0);
            }
        } catch (IOException full) {
            assertTrue(String.valueOf(full.getMessage()).contains("No space left"), full.toString());
        }
    }

    private static Reader awaitReader(Process process, Path socket) throws Exception {
        eventually("a socket", () -> Files.exists(socket) || !process.isAlive());
        return new Reader(socket.toString());
    }

    /** Some of them may wait at the door. */
    private static List<SocketChannel> crowd(Path socket, int size) throws IOException {
        List<SocketChannel> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            all.add(channel);
            channel.connect(UnixDomainSocketAddress.of(socket));
        }
        return all;
    }

    private static void close(List<SocketChannel> crowd) throws IOException {
        for (SocketChannel channel : crowd) {
            channel.close();
        }
    }

    private static void eventually(String what, RunningAgent.Check check) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!check.holds()) {
            assertTrue(System.nanoTime() < end, "no " + what);
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private static String bundledPods() {
        return "test://"
                + Path.of(System.getProperty("lab.dir", "lab"), "pods.xml").toAbsolutePath();
    }
}
