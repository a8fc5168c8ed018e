package io.vmgauge.domain.sample;

import java.util.OptionalLong;

/** A number that only grows while a VM lives one life. */
final class Counter {
    private Counter() {}

    /** Only what is known of both can have fallen. */
    static boolean fell(OptionalLong before, OptionalLong now) {
        return before.isPresent() && now.isPresent() && now.getAsLong() < before.getAsLong();
    }
}
