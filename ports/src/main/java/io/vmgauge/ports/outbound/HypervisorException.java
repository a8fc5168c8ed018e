package io.vmgauge.ports.outbound;

/** The hypervisor as a whole could not be asked: a matter of connection, not of one VM. The message is one line. */
public final class HypervisorException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what could not be done, where, and what to do about it */
    public HypervisorException(String message) {
        super(message);
    }

    /** @param message what could not be done, where, and what to do about it */
    public HypervisorException(String message, Throwable cause) {
        super(message, cause);
    }
}
