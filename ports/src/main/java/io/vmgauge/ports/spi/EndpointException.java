package io.vmgauge.ports.spi;

/** An endpoint could not serve or be reached. The one-line message says what, where and what to do. */
public final class EndpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EndpointException(String message) {
        super(message);
    }

    public EndpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
