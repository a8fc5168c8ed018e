package io.vmgauge.adapters.grpc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A containerd of our own, through lab/containerd. Missing scripts, rights or packages fail the tests. */
final class PrivateContainerd implements AutoCloseable {
    private static final Path SCRIPTS =
            Path.of(System.getProperty("lab.dir", "../lab")).toAbsolutePath();

    final Path directory;
    private final Thread end = new Thread(this::clearAway);

    PrivateContainerd() {
        try {
            directory = Files.createTempDirectory("vmgauge-ctd-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(end);
        start();
    }

    void start() {
        lab("start");
    }

    void kill() {
        lab("kill");
    }

    Path socket() {
        return Path.of(lab("socket"));
    }

    /** The parent of all cgroups of pods. */
    String cgroup() {
        return lab("cgroup");
    }

    private String lab(String command) {
        return run(SCRIPTS.resolve("containerd").toString(), command, directory.toString());
    }

    private static String run(String... command) {
        Path output = null;
        try {
            // A file, because a daemon inherits it and would keep a pipe open.
            output = Files.createTempFile("lab", ".out");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(List.of(command) + " did not end within two minutes");
            }
            String said = Files.readString(output).strip();
            if (process.exitValue() != 0) {
                throw new AssertionError(List.of(command) + " ended with " + process.exitValue() + ": " + said);
            }
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            if (output != null) {
                output.toFile().delete();
            }
        }
    }

    private void clearAway() {
        lab("stop");
        run("rm", "-r", directory.toString());
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(end);
        clearAway();
    }
}
