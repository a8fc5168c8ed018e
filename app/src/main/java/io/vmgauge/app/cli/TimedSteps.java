package io.vmgauge.app.cli;

import io.vmgauge.engine.schedule.Threads;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The steps of a command that a person waits for. Each may hang in a daemon, a disk or a network, so each has a limit. A step
 * that takes more than a second says what it does.
 */
final class TimedSteps {
    /** The limit of what is a moment's work unless something hangs. */
    static final Duration SHORT = Duration.ofSeconds(3);
    /** The limit of what grows with the number of VMs. */
    static final Duration LONG = Duration.ofSeconds(60);

    private static final Duration SILENT = Duration.ofSeconds(1);

    private final PrintWriter progress;
    private final ThreadFactory threads = new Threads("step");

    TimedSteps(PrintWriter progress) {
        this.progress = progress;
    }

    /**
     * Takes one step. What it throws is thrown here.
     *
     * @param what it does, as the middle of a sentence
     * @return absent if it did not end in time: it is left alone then
     */
    <T> Optional<T> take(String what, Duration limit, Supplier<T> step) {
        FutureTask<T> task = new FutureTask<>(step::get);
        threads.newThread(task).start();
        try {
            try {
                return Optional.of(task.get(SILENT.toMillis(), TimeUnit.MILLISECONDS));
            } catch (TimeoutException e) {
                progress.println("vmgauge: " + what + ", for " + limit.toSeconds() + " s at most");
                progress.flush();
            }
            return Optional.of(task.get(limit.minus(SILENT).toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw unchecked(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static RuntimeException unchecked(ExecutionException e) {
        if (e.getCause() instanceof Error error) {
            throw error;
        }
        return e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    }
}
