package io.vmgauge.adapters.libvirt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * A libvirt daemon of our own with QEMU domains, through the scripts in lab/. One for all tests of this JVM, made when
 * the first asks for it and ended with the JVM; what an earlier JVM left behind because it was killed is cleared away
 * first. Missing scripts, rights or packages fail the tests.
 */
final class PrivateLibvirtd {
    private static final Path SCRIPTS =
            Path.of(System.getProperty("lab.dir", "../lab")).toAbsolutePath();

    private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));
    private static final String NAME = "vmgauge-libvirt-";

    private final Path dir;
    private final String prefix;
    private final String uri;
    private final String operatorUri;

    /** @param which of those of this JVM */
    private PrivateLibvirtd(String which) {
        dir = TEMPORARY.resolve(NAME + ProcessHandle.current().pid() + which);
        clearAway();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(dir)));
        run("libvirtd", "start", dir.toString());
        prefix = run("libvirtd", "prefix", dir.toString());
        uri = run("libvirtd", "uri", dir.toString(), "ro");
        operatorUri = run("libvirtd", "uri", dir.toString(), "rw");
    }

    /** What JVMs left behind that are no more. */
    private static void clearAway() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(TEMPORARY, NAME + "*")) {
            for (Path left : all) {
                String pid =
                        left.getFileName().toString().substring(NAME.length()).replaceFirst("-.*", "");
                if (pid.matches("[0-9]{1,9}")
                        && ProcessHandle.of(Long.parseLong(pid)).isEmpty()) {
                    end(left);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(Path dir) {
        run("libvirtd", "stop", dir.toString());
        run(new ProcessBuilder("rm", "-r", dir.toString())).orFail();
    }

    static PrivateLibvirtd get() {
        return Only.LIBVIRTD;
    }

    private static final class Only {
        private static final PrivateLibvirtd LIBVIRTD = new PrivateLibvirtd("");
    }

    /** A second one, which takes itself for another host: from there domains can be migrated. */
    static PrivateLibvirtd other() {
        return Other.LIBVIRTD;
    }

    private static final class Other {
        private static final PrivateLibvirtd LIBVIRTD = new PrivateLibvirtd("-b");
    }

    Path dir() {
        return dir;
    }

    /** How the names of domains and tap devices begin. */
    String prefix() {
        return prefix;
    }

    String uri() {
        return uri;
    }

    /** For operators, who may change things. */
    String operatorUri() {
        return operatorUri;
    }

    /** @param commands separated by semicolons */
    String virsh(String commands) {
        return run(new ProcessBuilder("virsh", "-q", "-c", operatorUri, commands))
                .orFail();
    }

    /** A guest that boots Linux; returns its UUID when it is up. */
    String guest(String name, String... options) {
        List<String> all = new ArrayList<>(List.of(dir.toString(), name));
        all.addAll(List.of(options));
        return run("guest", all.toArray(String[]::new));
    }

    /** Idle domains, so many more; see lab/idle. */
    void idle(int count, int first) {
        run("idle", dir.toString(), Integer.toString(count), "--first", Integer.toString(first));
    }

    /** A node of the test driver with so many domains. */
    static String node(int domains) {
        return run(new ProcessBuilder(SCRIPTS.resolve("nodexml").toString(), Integer.toString(domains)))
                .orFail();
    }

    long pid() {
        return Long.parseLong(run("libvirtd", "pid", dir.toString()));
    }

    void kill() {
        signal("KILL", pid());
    }

    /** Starts it again, whether it was killed or runs. */
    void restart() {
        run("libvirtd", "restart", dir.toString());
    }

    /** Another one takes its place, which knows the definitions and nothing else: all domains have ended. */
    void replace() {
        run("libvirtd", "replace", dir.toString());
    }

    /** The QEMU process of a domain, while libvirtd knows of one. */
    OptionalLong qemu(String domain) {
        try {
            Path file = dir.resolve("run/qemu").resolve(domain + ".pid");
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void signal(String signal, long pid) {
        run(new ProcessBuilder("kill", "-" + signal, Long.toString(pid))).orFail();
    }

    private static String run(String script, String... args) {
        List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve(script).toString()));
        command.addAll(List.of(args));
        return run(new ProcessBuilder(command)).orFail();
    }

    record Ended(List<String> command, int exit, String output, String errors) {
        String orFail() {
            if (exit != 0) {
                throw new AssertionError(command + " ended with " + exit + ": " + errors);
            }
            return output;
        }
    }

    static Ended run(ProcessBuilder builder) {
        Path errors = null;
        try {
            // A file, because a daemon may inherit it and keep a pipe open.
            errors = Files.createTempFile("lab", ".err");
            Path output = Files.createTempFile("lab", ".out");
            Process process = builder.redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(builder.command() + " did not end within two minutes");
            }
            Ended ended = new Ended(
                    builder.command(),
                    process.exitValue(),
                    read(output).strip(),
                    read(errors).strip());
            Files.delete(output);
            return ended;
        } catch (IOException e) {
            throw new AssertionError("cannot run " + builder.command(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            if (errors != null) {
                errors.toFile().delete();
            }
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }
}
