package io.vmgauge.ports.spi;

/** Reads what an endpoint serves, for the command line. Not for several threads. */
public interface StatsClient extends AutoCloseable {
    /**
     * Asks once, and waits a few seconds at most.
     *
     * @throws EndpointException if there is no sensible answer
     */
    StatsReport read();

    @Override
    void close();
}
