package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.run.ProcessTable;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets a run begin when the host can spare the memory for it. Runs begin one after the other. While a run grows, all of
 * its memory counts as still needed: otherwise all waiting runs would see the same free memory and take it.
 */
final class MemoryAdmission {
    private static final long POLL_MILLIS = 200;
    private static final long MEBIBYTE = 1 << 20;
    /** About what an appliance takes in the end. */
    private static final long APPLIANCE_BYTES = 512 * MEBIBYTE;

    private static final Duration GROWS = Duration.ofSeconds(15);

    private final HostMemory memory;
    private final long floor;
    private final Duration patience;
    private final Slots slots;
    private final TimeSource time;
    private final List<Moment> growing = new ArrayList<>();

    /**
     * @param floor bytes that the host must have available
     * @param patience how long a run may wait for them
     */
    MemoryAdmission(HostMemory memory, long floor, Duration patience, Slots slots, TimeSource time) {
        this.memory = memory;
        this.floor = floor;
        this.patience = patience;
        this.slots = slots;
        this.time = time;
    }

    /** Waits, not to be interrupted, until one more run may begin; {@link #leave} must follow with what is returned. */
    Moment enter() throws ReadingFailed {
        Moment asked = time.now();
        while (true) {
            if (slots.isClosed()) {
                throw new ReadingFailed("the agent ends");
            }
            Moment now = time.now();
            if (letIn(now)) {
                return now;
            }
            if (now.nanosSince(asked) > patience.toNanos()) {
                throw new ReadingFailed("the host has had less than " + floor / MEBIBYTE
                        + " MiB of memory available for " + patience.toSeconds() + " s");
            }
            ProcessTable.pause(POLL_MILLIS);
        }
    }

    private synchronized boolean letIn(Moment now) {
        growing.removeIf(entered -> now.nanosSince(entered) > GROWS.toNanos());
        boolean enough = floor == 0 || memory.available() - growing.size() * APPLIANCE_BYTES >= floor;
        if (enough) {
            growing.add(now);
        }
        return enough;
    }

    /** The run has ended. */
    synchronized void leave(Moment entered) {
        growing.remove(entered);
    }
}
