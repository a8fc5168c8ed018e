package io.vmgauge.ports.spi;

import io.vmgauge.ports.outbound.FilesystemMeter;
import java.time.Duration;
import java.util.List;

/** A way of looking into disk images that was set up. */
public interface Filesystems extends AutoCloseable {
    FilesystemMeter meter();

    /** How many readings are done at once; further calls wait for their turn. At least 1. */
    int concurrency();

    /** How long a call of the meter takes at most, once it is its turn. */
    Duration longest();

    /**
     * Whether images can be read here, by trying it, and what an operator should know, most important first. If there is
     * a {@link Finding.Level#PROBLEM} in it, they cannot. May take as long as one reading.
     */
    List<Finding> check();

    /**
     * Ends the readings under way and all that they started, within a few seconds; they answer that they were ended. So
     * do all later calls, at once. Safe to call twice.
     */
    @Override
    void close();
}
