package io.vmgauge.adapters.libvirt;

import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;
import org.libvirt.Error;
import org.libvirt.Error.ErrorDomain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;

/** A call to libvirt failed. Never leaves this package: it becomes an absent sample, a measurement or a port's exception. */
final class VirtException extends Exception {
    private static final long serialVersionUID = 1L;

    // From libvirt/virterror.h.
    private static final int FROM_RPC = 7;
    private static final int FROM_REMOTE = 13;
    private static final int INTERNAL_ERROR = 1;
    private static final int NO_SUPPORT = 3;
    private static final int INVALID_CONNECTION = 6;
    private static final int SYSTEM_ERROR = 38;
    private static final int NO_DOMAIN = 42;
    private static final int OPERATION_INVALID = 55;
    private static final int OPERATION_TIMEOUT = 68;
    private static final int ARGUMENT_UNSUPPORTED = 74;
    private static final int OPERATION_UNSUPPORTED = 84;

    private final int code;
    private final int from;

    /** @param from which part of libvirt */
    VirtException(int code, int from, String message) {
        super(message);
        this.code = code;
        this.from = from;
    }

    /** The error that the last call on this thread left behind. */
    static VirtException last() {
        Pointer message = Virt.virGetLastErrorMessage();
        return new VirtException(
                Virt.virGetLastErrorCode(),
                Virt.virGetLastErrorDomain(),
                message == null ? "unknown error" : Printable.line(message.getString(0, "UTF-8")));
    }

    static VirtException of(LibvirtException e) {
        Error error = e.getError();
        String message = Printable.line(String.valueOf(e.getMessage()));
        return error == null
                ? new VirtException(INTERNAL_ERROR, 0, message)
                : new VirtException(code(error.getCode()), from(error.getDomain()), message);
    }

    /** As far as anybody here asks for it. */
    private static int code(@Nullable ErrorNumber number) {
        if (number == ErrorNumber.VIR_ERR_NO_DOMAIN) {
            return NO_DOMAIN;
        }
        if (number == ErrorNumber.VIR_ERR_INVALID_CONN) {
            return INVALID_CONNECTION;
        }
        return number == ErrorNumber.VIR_ERR_SYSTEM_ERROR ? SYSTEM_ERROR : INTERNAL_ERROR;
    }

    private static int from(@Nullable ErrorDomain domain) {
        return domain == ErrorDomain.VIR_FROM_RPC || domain == ErrorDomain.VIR_FROM_REMOTE ? FROM_RPC : 0;
    }

    /**
     * Whether the connection is of no use any more. QEMU's own troubles are internal errors too, hence the look at where
     * the error comes from.
     *
     * <p>Errors of the code VIR_ERR_RPC do not count. They say that one message could not be packed, such as a definition
     * of more than 4 MiB, and the connection goes on. Should one end a connection after all, the next call on it says so
     * by an internal error.
     */
    boolean isConnectionLost() {
        return code == INVALID_CONNECTION
                || ((from == FROM_RPC || from == FROM_REMOTE) && (code == INTERNAL_ERROR || code == SYSTEM_ERROR));
    }

    /** Whether the domain is not there or does not run. */
    boolean isDomainGone() {
        return code == NO_DOMAIN;
    }

    /** Also said for other reasons than that the domain does not run. */
    boolean isOperationInvalid() {
        return code == OPERATION_INVALID;
    }

    boolean isUnsupported() {
        return code == NO_SUPPORT || code == ARGUMENT_UNSUPPORTED || code == OPERATION_UNSUPPORTED;
    }

    /** Whether another call for the same domain has not returned for so long that libvirt gave up waiting. */
    boolean isTimeout() {
        return code == OPERATION_TIMEOUT;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
