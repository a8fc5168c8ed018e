package io.vmgauge.ports.spi;

import io.vmgauge.ports.outbound.TimeSource;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/**
 * What an adapter gets from the agent around it.
 *
 * @param time the only clock to use
 * @param threads the only way to start threads: daemons, named, counted
 * @param state the path of a file of the adapter's own, for what its next start needs. The directory may be made only
 *     later. Absent where nothing may be left behind
 */
public record Host(TimeSource time, ThreadFactory threads, Optional<Path> state) {
    /** A host on which nothing may be left behind. */
    public Host(TimeSource time, ThreadFactory threads) {
        this(time, threads, Optional.empty());
    }
}
