package io.vmgauge.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who calls the relay and the runtime behind it, as a kubelet would: the program of that name among the tests of
 * adapters-grpc, since nothing here knows gRPC.
 */
final class PodProgram implements AutoCloseable {
    private final Process process;
    private final PrintWriter questions;
    private final BufferedReader answers;

    /** @param tee the socket between both on which it listens, and compares; it does when this returns */
    PodProgram(String relay, String runtime, String cgroup, String tee) throws IOException {
        String classes = System.getProperty("cri.tests", "");
        if (classes.isEmpty()) {
            throw new AssertionError("cri.tests is not set: run ./verify or ./mvnw verify");
        }
        String path = String.join(
                File.pathSeparator,
                classes,
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        path,
                        "io.vmgauge.adapters.grpc.PodProgram",
                        relay,
                        runtime,
                        cgroup,
                        tee)
                .redirectError(Redirect.INHERIT)
                .start();
        questions = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        answers = process.inputReader(StandardCharsets.UTF_8);
        ask("ready");
    }

    /** What it answered; fails if that was no good. */
    String ask(String question) throws IOException {
        questions.println(question);
        String answer = answers.readLine();
        if (answer == null || answer.startsWith("failed: ")) {
            throw new AssertionError(question + ": " + answer);
        }
        return answer;
    }

    /** A message that it answered. */
    Config message(String question) throws IOException {
        return ConfigFactory.parseString(
                ask(question), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    @Override
    public void close() {
        // It ends with its input.
        questions.close();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
