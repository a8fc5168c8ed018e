package io.vmgauge.ports.spi;

/** Something that serves. */
public interface Endpoint extends AutoCloseable {
    /** Where, for people. */
    String address();

    /** Stops serving within a few seconds and leaves nothing behind but what its next start needs; safe to call twice. */
    @Override
    void close();
}
