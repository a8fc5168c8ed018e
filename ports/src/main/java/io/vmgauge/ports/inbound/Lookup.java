package io.vmgauge.ports.inbound;

/** What came of looking for one thing by its id. */
public sealed interface Lookup<T> {
    /** There is exactly one, and this is it. */
    record Found<T>(T value) implements Lookup<T> {}

    /** Nothing known has this id. */
    record Unknown<T>(String id) implements Lookup<T> {}

    /** The id is empty, or a prefix of several ids. */
    record Invalid<T>(String id, String why) implements Lookup<T> {}

    /** It is known, but does not run and so uses nothing. */
    record NotRunning<T>(String id) implements Lookup<T> {}
}
