package io.vmgauge.ports.spi;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.ports.outbound.FilesystemMeter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
     * Why this user cannot read these images, in one line; absent if nothing is known that would be in the way. Looks at
     * the files only: no proof that there is something to read. May take as long as a few seconds.
     */
    Optional<String> obstacle(List<DiskImage> disks);

    /**
     * Ends the readings under way and all that they started, within a few seconds; they answer that they were ended. So
     * do all later calls, at once. Safe to call twice.
     */
    @Override
    void close();
}
