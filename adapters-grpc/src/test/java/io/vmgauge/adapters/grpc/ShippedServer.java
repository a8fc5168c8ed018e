package io.vmgauge.adapters.grpc;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@link ServerProgram} in a JVM of its own, with the options and the logging that the agent is shipped with. */
final class ShippedServer implements AutoCloseable {
    private static final Path SHIPPED =
            Path.of(System.getProperty("lab.dir", "../lab")).toAbsolutePath().resolveSibling("app/src/main/dist");

    private final Process process;
    private final Path log;

    private ShippedServer(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Returns when it serves. */
    static ShippedServer on(Path socket, int vms, String... settings) {
        List<String> command = new ArrayList<>(javaWith(options(), ServerProgram.class));
        command.add(socket.toString());
        command.add(Integer.toString(vms));
        command.addAll(List.of(settings));
        try {
            Path log = Files.createTempFile("server", ".log");
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
            builder.environment().put("MALLOC_ARENA_MAX", "2");
            ShippedServer server = new ShippedServer(builder.start(), log);
            BufferedReader says = server.process.inputReader(StandardCharsets.UTF_8);
            String line = says.readLine();
            if (line == null || !line.startsWith("serves on")) {
                String said = server.log();
                server.close();
                throw new AssertionError(line + "\n" + said);
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The options that the script gives to Java, without archives of classes. */
    static List<String> options() {
        try {
            String script = Files.readString(SHIPPED.resolve("bin/vmgauge"));
            String options = script.substring(script.indexOf("exec \"$java\""), script.indexOf("-Xshare:"));
            List<String> found = new ArrayList<>(Pattern.compile("-(X|Dio|Dsun)\\S+")
                    .matcher(options)
                    .results()
                    .map(match -> match.group())
                    .toList());
            if (!found.contains("-Xmx64m")) {
                throw new AssertionError("these are not the options of bin/vmgauge: " + found);
            }
            found.add(logging());
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** gRPC says forty lines for every caller that hangs up. */
    static String logging() {
        return "-Djava.util.logging.config.file=" + SHIPPED.resolve("conf/logging.properties");
    }

    /** Our own classes in another process, on the class path, so that modules do not matter. */
    static List<String> javaWith(List<String> options, Class<?> program) {
        Path classes;
        try {
            classes = Path.of(CriProvider.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
        String path = String.join(
                File.pathSeparator,
                classes.resolveSibling("test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
        return Stream.of(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", "java")
                                .toString()),
                        options.stream(),
                        Stream.of("-cp", path, program.getName()))
                .flatMap(part -> part)
                .toList();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            process.outputWriter(StandardCharsets.UTF_8).close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.delete(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new AssertionError(e);
        }
    }
}
