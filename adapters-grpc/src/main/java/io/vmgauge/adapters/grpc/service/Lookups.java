package io.vmgauge.adapters.grpc.service;

import io.grpc.Status;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.inbound.Lookup;

/**
 * Turns a lookup by id into what was found, or into a refusal that says why and has the code that a kubelet
 * understands.
 */
final class Lookups {
    /** A caller may send anything for an id. */
    private static final int LONGEST_ID = 160;

    private Lookups() {}

    /** @param what the kind of thing, for people */
    static <T> T orRefuse(String what, Lookup<T> lookup) {
        if (lookup instanceof Lookup.Found<T> it) {
            return it.value();
        }
        throw refusal(what, lookup).asRuntimeException();
    }

    private static Status refusal(String what, Lookup<?> lookup) {
        if (lookup instanceof Lookup.Unknown<?> it) {
            return Status.NOT_FOUND.withDescription("there is no " + what + " " + SafeText.line(it.id(), LONGEST_ID));
        }
        if (lookup instanceof Lookup.Invalid<?> it) {
            return Status.INVALID_ARGUMENT.withDescription(
                    what + " id \"" + SafeText.line(it.id(), LONGEST_ID) + "\": " + SafeText.line(it.why()));
        }
        if (lookup instanceof Lookup.NotRunning<?> it) {
            return Status.UNAVAILABLE.withDescription(
                    what + " " + SafeText.line(it.id(), LONGEST_ID) + " does not run and so has no stats");
        }
        throw new IllegalArgumentException("a lookup of a new kind: " + lookup);
    }
}
