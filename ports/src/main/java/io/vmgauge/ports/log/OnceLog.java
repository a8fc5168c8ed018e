package io.vmgauge.ports.log;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says which states are worth a line of the log. A state is logged when it begins, when it becomes another one, and when
 * it ends, but not each time that it is met again. The caller writes the line. Thread-safe; never blocks.
 *
 * @param <S> what is in a state, such as a VM. Subjects are kept until their state ends, so {@link #keepOnly} has to be
 *     called where they come and go
 */
public final class OnceLog<S> {
    private final Map<S, String> states = new ConcurrentHashMap<>();

    /** Makes one that knows no state. */
    public OnceLog() {}

    /**
     * The subject is in a state.
     *
     * @param state in words, or of a kind: two that are equal are one state
     * @return whether this is worth a line: the subject was in no state before, or in another one
     */
    public boolean begins(S subject, String state) {
        return !state.equals(states.put(subject, state));
    }

    /**
     * The subject is in no state any more.
     *
     * @return whether this is worth a line: the subject was in a state before
     */
    public boolean ends(S subject) {
        return states.remove(subject) != null;
    }

    /** Forgets all other subjects: they are gone, and nobody is told of their end. */
    public void keepOnly(Collection<S> subjects) {
        states.keySet().retainAll(subjects);
    }
}
