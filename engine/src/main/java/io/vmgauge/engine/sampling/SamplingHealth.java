package io.vmgauge.engine.sampling;

import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether sampling works, and what keeps it from working. A failure is worth a line of the log when it begins, and when
 * another one takes its place. Thread-safe.
 */
final class SamplingHealth {
    /** The hypervisor as a whole cannot be asked, for whatever reason. */
    static final String OUTAGE = "outage";
    /** The reason of an outage may change. A daemon may come back, for example, and refuse the agent. */
    private static final Duration LOGGED_AGAIN = Duration.ofMinutes(1);

    private Optional<Failure> present;
    private Failure logged;

    private record Failure(String kind, String line, Moment at) {
        String problem() {
            return kind.equals(OUTAGE) ? "the list of VMs is stale: " + line : line;
        }
    }

    /** @param line what is wrong from the beginning. It is not worth a line of the log. */
    SamplingHealth(String line, Moment now) {
        logged = new Failure("none yet", line, now);
        present = Optional.of(logged);
    }

    /**
     * Something is wrong.
     *
     * @param kind of several failures of one kind only the first is logged. An outage is logged again after a minute if
     *     its line has changed
     * @return whether it is worth a line of the log
     */
    synchronized boolean failed(String kind, String line, Moment now) {
        boolean isNew = !kind.equals(present.map(Failure::kind).orElse(""));
        boolean hasChanged =
                kind.equals(OUTAGE) && !line.equals(logged.line) && now.nanosSince(logged.at) > LOGGED_AGAIN.toNanos();
        present = Optional.of(new Failure(kind, line, now));
        if (isNew || hasChanged) {
            logged = new Failure(kind, line, now);
        }
        return isNew || hasChanged;
    }

    /** All is well. Returns whether something was wrong before. */
    synchronized boolean recovered() {
        boolean was = present.isPresent();
        present = Optional.empty();
        return was;
    }

    /** What is wrong, in one line. */
    synchronized Optional<String> problem() {
        return present.map(Failure::problem);
    }
}
