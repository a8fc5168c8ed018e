package io.vmgauge.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** An agent that serves on a socket of its own until it is closed. */
final class RunningAgent implements AutoCloseable {
    private static final int LONGEST_END_SECONDS = 5;

    private final Process process;
    private final Path log;
    private final Path socket;

    private RunningAgent(Process process, Path log, Path socket) {
        this.process = process;
        this.log = log;
        this.socket = socket;
    }

    /** Returns when it serves. Its disk source is block, so that it does not matter what else is installed here. */
    static RunningAgent on(Path dir, String uri, String... settings) throws Exception {
        return within(List.of(), dir, uri, settings);
    }

    /** Likewise, as what this wrapper becomes; see {@link Shipped#start(List, Path, String...)}. */
    static RunningAgent within(List<String> wrapper, Path dir, String uri, String... settings) throws Exception {
        Path socket = dir.resolve("s");
        Path log = dir.resolve("agent.log");
        List<String> arguments = new ArrayList<>(
                List.of("serve", "-D", "hypervisor.libvirt.uri=" + uri, "-D", "endpoint.cri.socket=" + socket));
        arguments.addAll(List.of("-D", "disk.source=block"));
        for (String setting : settings) {
            arguments.addAll(List.of("-D", setting));
        }
        Process process = Shipped.start(wrapper, log, arguments.toArray(String[]::new));
        RunningAgent agent = new RunningAgent(process, log, socket);
        try {
            agent.until("serves on", () -> agent.log().contains("serves on"));
        } catch (AssertionError e) {
            agent.close();
            throw e;
        }
        return agent;
    }

    String socket() {
        return socket.toString();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    Process process() {
        return process;
    }

    /** How many of its threads have names that begin so; the kernel keeps 15 letters of each. */
    long threads(String name) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            return tasks.filter(task -> nameOf(task).startsWith(name)).count();
        }
    }

    private static String nameOf(Path task) {
        try {
            return Files.readString(task.resolve("comm"));
        } catch (IOException ended) {
            return "";
        }
    }

    /** How many files and sockets it has open. */
    long open() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            return all.count();
        }
    }

    /** The answer of ListContainerStats by pod name. */
    Map<String, Config> stats() throws Exception {
        return stats(socket());
    }

    /** Likewise, of whoever serves there. */
    static Map<String, Config> stats(String socket) throws Exception {
        Shipped.Result result = Shipped.run("stats", "--json", "--socket", socket);
        // On a busy machine three seconds can be too short for anybody.
        for (int tries = 1; tries < 10 && result.err().contains("did not answer within"); tries++) {
            result = Shipped.run("stats", "--json", "--socket", socket);
        }
        if (result.exit() != 0) {
            throw new AssertionError(result.toString());
        }
        Map<String, Config> byPod = new TreeMap<>();
        Config answer = ConfigFactory.parseString(
                result.out(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        if (answer.hasPath("stats")) {
            answer.getConfigList("stats")
                    .forEach(
                            stats -> byPod.put(stats.getString("attributes.labels.\"io.kubernetes.pod.name\""), stats));
        }
        return byPod;
    }

    /** Waits until it is true; fails after half a minute, or at once if the agent has ended. */
    void until(String what, Check check) throws Exception {
        until(what, 30, check);
    }

    /** Likewise, for what takes longer. */
    void until(String what, int seconds, Check check) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!check.holds()) {
            if (!process.isAlive()) {
                throw new AssertionError("the agent ended: " + log());
            }
            if (System.nanoTime() > end) {
                throw new AssertionError("no " + what + "; the agent said " + log());
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Tells it to end, which takes five seconds at most whatever it is at, and returns its exit code. */
    int end() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the agent did not end within " + LONGEST_END_SECONDS + " s");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Something that may be true. */
    interface Check {
        boolean holds() throws Exception;
    }
}
