package io.vmgauge.engine.sampling;

import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.util.Optional;

/**
 * What keeps from measuring, and when that is worth a line of the log: when it begins, and when it has become something
 * else. Thread-safe.
 */
final class Trouble {
    /** The hypervisor as a whole cannot be asked, for whatever reason. */
    static final String OUTAGE = "outage";
    /** The reason of an outage may change, as when a daemon comes back that turns us away. */
    private static final Duration SAID_AGAIN = Duration.ofMinutes(1);

    private Optional<Met> present;
    private Met said;

    private record Met(String kind, String line, Moment at) {}

    /** @param line what is wrong from the beginning, which needs not be said */
    Trouble(String line, Moment now) {
        said = new Met("none yet", line, now);
        present = Optional.of(said);
    }

    /**
     * Something is wrong.
     *
     * @param kind of two of the same kind only the first is said, but of an outage another line after a minute
     * @return whether it is worth a line of the log
     */
    synchronized boolean met(String kind, String line, Moment now) {
        boolean isNew = !kind.equals(present.map(Met::kind).orElse(""));
        boolean hasChanged =
                kind.equals(OUTAGE) && !line.equals(said.line) && now.nanosSince(said.at) > SAID_AGAIN.toNanos();
        present = Optional.of(new Met(kind, line, now));
        if (isNew || hasChanged) {
            said = new Met(kind, line, now);
        }
        return isNew || hasChanged;
    }

    /** All is well. Returns whether something was wrong before. */
    synchronized boolean solved() {
        boolean was = present.isPresent();
        present = Optional.empty();
        return was;
    }

    synchronized Optional<String> line() {
        return present.map(Met::line);
    }
}
