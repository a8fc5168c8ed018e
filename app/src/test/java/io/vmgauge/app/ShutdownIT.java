package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent is told to end at any time, while it begins too: it ends with 0 and leaves nothing behind. */
class ShutdownIT {
    private static final int TIMES = 30;

    @TempDir
    private Path dir = Path.of("");

    private int number;

    @Test
    void atAnyMomentOfItsStart() throws Exception {
        long begun = System.nanoTime();
        Told whole = start("disk.source=block");
        whole.awaitLog("serves on");
        long start = System.nanoTime() - begun;
        assertEquals(0, whole.end());
        Random random = new Random(21);
        int early = 0;
        for (int i = 0; i < TIMES; i++) {
            Told told = start("disk.source=block");
            TimeUnit.NANOSECONDS.sleep((long) (start * 1.2 * random.nextDouble()));
            early += told.end() == 0 ? 0 : 1;
        }
        System.out.printf("%d of %d were told to end before the program had begun%n", early, TIMES);
        assertTrue(early < TIMES, "the program never began");
    }

    @Test
    void whileTheRelayWaitsForItsRuntime() throws Exception {
        Random random = new Random(22);
        for (int i = 0; i < 5; i++) {
            Told told = start(
                    "disk.source=block",
                    "endpoint.cri.upstream=unix://" + dir.resolve("absent"),
                    "endpoint.cri.upstream-wait=10m");
            told.awaitLog("Waiting for the container runtime");
            TimeUnit.MILLISECONDS.sleep(random.nextInt(1000));
            assertEquals(0, told.end());
        }
    }

    /** As virt-df does, it starts a process of its own. */
    @Test
    void whileTheDiskSourceIsTried() throws Exception {
        Path program = Files.writeString(dir.resolve("virt-df"), "#!/bin/sh\nsleep 600 &\nwait\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Told told = start(
                "disk.source=auto",
                "filesystems.virt-df.command=" + program,
                "filesystems.virt-df.accelerator=tcg",
                "filesystems.virt-df.memory-floor-mib=0",
                "filesystems.virt-df.temp-directory=" + dir.resolve("runs"),
                "filesystems.virt-df.cache-directory=" + dir.resolve("cache"));
        told.until("a trial", () -> told.children()
                .anyMatch(child -> child.info().commandLine().orElse("").contains("sleep 600")));
        List<ProcessHandle> children = told.children().toList();
        assertEquals(0, told.end());
        for (ProcessHandle child : children) {
            told.until("end of " + child.info(), () -> !child.isAlive());
        }
        try (Stream<Path> runs = Files.list(dir.resolve("runs"))) {
            assertEquals(List.of(), runs.toList());
        }
    }

    private Told start(String... settings) throws IOException {
        return Told.start(Files.createDirectory(dir.resolve("agent" + ++number)), "test:///default", settings);
    }

    /**
     * One agent that is told to end.
     *
     * @param classes in which Java says what it has loaded: picocli comes after the agent's first line
     */
    record Told(Process process, Path dir, Path log, Path classes) {
        static Told start(Path dir, String uri, String... settings) throws IOException {
            Path classes = dir.resolve("classes");
            List<String> arguments = Stream.concat(
                            Stream.of("hypervisor.libvirt.uri=" + uri, "endpoint.cri.socket=" + dir.resolve("s")),
                            Stream.of(settings))
                    .flatMap(setting -> Stream.of("-D", setting))
                    .toList();
            Process process = Shipped.start(
                    List.of("env", "VMGAUGE_JAVA_OPTS=-Xlog:class+load:file=" + classes),
                    dir.resolve("log"),
                    Stream.concat(Stream.of("serve"), arguments.stream()).toArray(String[]::new));
            return new Told(process, dir, dir.resolve("log"), classes);
        }

        Stream<ProcessHandle> children() {
            return process.descendants();
        }

        void awaitLog(String words) throws Exception {
            until(words, () -> Files.readString(log).contains(words));
        }

        void until(String what, RunningAgent.Check check) throws Exception {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!check.holds()) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("no " + what + "; the agent said " + Files.readString(log));
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }

        /** Returns its exit code: 0, or the JVM's own if the program had not begun. */
        int end() throws Exception {
            process.destroy();
            boolean ended = process.waitFor(15, TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            String said = Files.readString(log);
            assertTrue(ended, "it did not end; it said " + said);
            boolean begun = Files.exists(classes) && Files.readString(classes).contains(" picocli.CommandLine ");
            int exit = process.exitValue();
            assertTrue(exit == 0 || (!begun && exit == 143), exit + " although it had begun; it said " + said);
            if (exit == 0) {
                assertTrue(said.endsWith("INFO Ended\n"), "begun: " + begun + "; it said " + said);
                assertTrue(
                        said.lines().noneMatch(line -> line.startsWith("vmgauge:") || line.contains("Exception")),
                        said);
            }
            Set<String> left = new TreeSet<>();
            try (Stream<Path> files = Files.list(dir)) {
                files.forEach(file -> left.add(dir.relativize(file).toString()));
            }
            left.removeAll(Set.of("log", "classes"));
            assertEquals(Set.of(), left, said);
            return exit;
        }
    }
}
