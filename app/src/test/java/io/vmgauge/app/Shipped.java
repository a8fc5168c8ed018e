package io.vmgauge.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The agent as it is shipped, run from outside like any other program; and the lab's programs likewise. */
final class Shipped {
    /** What a finished program left. */
    record Result(int exit, String out, String err) {}

    private static final int LONGEST_SECONDS = 120;

    private Shipped() {}

    static Process start(Path log, String... arguments) throws IOException {
        return start(List.of(), log, arguments);
    }

    /** @param wrapper a program that becomes the agent after it has prepared its surroundings, with its arguments */
    static Process start(List<String> wrapper, Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(command(home().resolve("bin/vmgauge"), arguments));
        return new ProcessBuilder(command)
                .redirectOutput(log.toFile())
                .redirectError(log.toFile())
                .start();
    }

    static Result run(String... arguments) throws IOException, InterruptedException {
        return run(List.of(), arguments);
    }

    /** @param wrapper as in {@link #start(List, Path, String...)} */
    static Result run(List<String> wrapper, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(command(home().resolve("bin/vmgauge"), arguments));
        return execute(command);
    }

    /** Runs one of the lab's programs, which must succeed, and returns what it printed. */
    static String lab(String program, String... arguments) throws IOException, InterruptedException {
        String lab = System.getProperty("lab.dir");
        if (lab == null) {
            throw new AssertionError("lab.dir is not set: run ./verify or ./mvnw verify");
        }
        Result result = execute(command(Path.of(lab, program), arguments));
        if (result.exit() != 0) {
            throw new AssertionError(program + " " + List.of(arguments) + " ended with " + result);
        }
        return result.out().strip();
    }

    /** The directory that is shipped. */
    static Path home() {
        String dist = System.getProperty("dist.dir");
        if (dist == null) {
            throw new AssertionError("dist.dir is not set: run ./verify or ./mvnw verify");
        }
        return Path.of(dist);
    }

    private static List<String> command(Path program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs any program to its end. */
    static Result execute(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("vmgauge-test", ".out");
        Path err = Files.createTempFile("vmgauge-test", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end; it said " + Files.readString(err));
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }
}
