package io.vmgauge.adapters.virtdf.run;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a program that starts others. It goes on until the program ends by itself, its time is over, it prints too
 * much, or it is told to end. In each case none of its processes is left when {@link #outcome} returns.
 *
 * <p>Its output goes to files in its directory, so that a process that keeps the output open blocks no reader.
 *
 * <p>Its processes are ended from the leaves to the root: when QEMU has gone, libguestfs tidies up and ends by itself.
 * That is quicker and leaves less behind than ending libguestfs first. Processes that do not end are killed.
 */
public final class ProcessRun {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRun.class);

    private static final int MOST_OUTPUT = 1 << 20;
    private static final int POLL_MILLIS = 50;

    private static final Duration COURTESY = Duration.ofSeconds(2);
    private static final long LONGEST_KILL_MILLIS = 4000;

    private final Path directory;
    private final Process process;
    private final TimeSource time;
    private final Moment begun;

    /** How a run ended. */
    public record Outcome(End end, int exit, String out, String err) {}

    /** Why a run ended. */
    public enum End {
        BY_ITSELF,
        TOO_LONG,
        TOO_MUCH,
        TOLD_TO
    }

    private ProcessRun(Path directory, Process process, TimeSource time, Moment begun) {
        this.directory = directory;
        this.process = process;
        this.time = time;
        this.begun = begun;
    }

    /**
     * Starts a program.
     *
     * @param environment all of it
     * @param directory of this run only, already there
     */
    public static ProcessRun start(
            List<String> command, Map<String, String> environment, Path directory, TimeSource time) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put(ProcessTable.MARK, directory.toString());
        Moment begun = time.now();
        return new ProcessRun(
                directory,
                builder.directory(directory.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(out(directory).toFile())
                        .redirectError(err(directory).toFile())
                        .start(),
                time,
                begun);
    }

    /** When the run began, before anything was read. */
    public Moment begun() {
        return begun;
    }

    /** Waits for the end; cannot be interrupted. Whatever goes wrong, all processes are ended. */
    public Outcome outcome(Duration limit, BooleanSupplier toldToEnd) throws IOException {
        End end;
        try {
            end = await(limit, toldToEnd);
            // An agent that ends does not wait for processes to end by themselves.
            if (end == End.TOO_LONG || end == End.TOO_MUCH) {
                askToEnd();
            }
        } finally {
            ProcessTable.kill(directory, ProcessTable.family(process), LONGEST_KILL_MILLIS)
                    .forEach(p -> LOG.error("process {} cannot be killed: it hangs in the kernel", p.pid()));
        }
        return new Outcome(
                end, process.isAlive() ? -1 : process.exitValue(), text(out(directory)), text(err(directory)));
    }

    private End await(Duration limit, BooleanSupplier toldToEnd) throws IOException {
        while (!ended()) {
            if (toldToEnd.getAsBoolean()) {
                return End.TOLD_TO;
            }
            if (time.now().nanosSince(begun) > limit.toNanos()) {
                return End.TOO_LONG;
            }
            if (Files.size(out(directory)) > MOST_OUTPUT || Files.size(err(directory)) > MOST_OUTPUT) {
                return End.TOO_MUCH;
            }
        }
        return End.BY_ITSELF;
    }

    private boolean ended() {
        ProcessTable.pause(POLL_MILLIS);
        return !process.isAlive();
    }

    private void askToEnd() throws IOException {
        Moment asked = time.now();
        List<ProcessHandle> all = ProcessTable.of(directory);
        while (!all.isEmpty() && time.now().nanosSince(asked) < COURTESY.toNanos()) {
            // The root last, and only when nothing else is left.
            ProcessTable.leaves(all).forEach(ProcessHandle::destroy);
            ProcessTable.pause(POLL_MILLIS * 4);
            all = ProcessTable.of(directory);
        }
    }

    private static Path out(Path directory) {
        return directory.resolve("stdout");
    }

    private static Path err(Path directory) {
        return directory.resolve("stderr");
    }

    private static String text(Path file) throws IOException {
        try (InputStream stream = Files.newInputStream(file)) {
            return new String(stream.readNBytes(MOST_OUTPUT), StandardCharsets.UTF_8);
        }
    }
}
