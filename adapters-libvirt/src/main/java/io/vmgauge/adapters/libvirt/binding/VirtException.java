package io.vmgauge.adapters.libvirt.binding;

import com.sun.jna.Pointer;
import io.vmgauge.domain.text.SafeText;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.libvirt.Error;
import org.libvirt.Error.ErrorDomain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;

/**
 * A call to libvirt failed. It never leaves this module: it becomes an absent sample, a measurement or a port's
 * exception.
 */
public final class VirtException extends Exception {
    private static final long serialVersionUID = 1L;

    // From libvirt/virterror.h.
    private static final int FROM_RPC = 7;
    private static final int FROM_REMOTE = 13;

    /** Those that somebody here asks for. */
    private static final Map<ErrorNumber, Integer> CODES = Map.ofEntries(
            Map.entry(ErrorNumber.VIR_ERR_NO_SUPPORT, ErrorNumbers.NO_SUPPORT),
            Map.entry(ErrorNumber.VIR_ERR_UNKNOWN_HOST, ErrorNumbers.UNKNOWN_HOST),
            Map.entry(ErrorNumber.VIR_ERR_NO_CONNECT, ErrorNumbers.NO_CONNECT),
            Map.entry(ErrorNumber.VIR_ERR_INVALID_CONN, ErrorNumbers.INVALID_CONNECTION),
            Map.entry(ErrorNumber.VIR_ERR_INVALID_ARG, ErrorNumbers.INVALID_ARGUMENT),
            Map.entry(ErrorNumber.VIR_ERR_OPERATION_DENIED, ErrorNumbers.OPERATION_DENIED),
            Map.entry(ErrorNumber.VIR_ERR_SYSTEM_ERROR, ErrorNumbers.SYSTEM_ERROR),
            Map.entry(ErrorNumber.VIR_ERR_NO_DOMAIN, ErrorNumbers.NO_DOMAIN),
            Map.entry(ErrorNumber.VIR_ERR_AUTH_FAILED, ErrorNumbers.AUTH_FAILED),
            Map.entry(ErrorNumber.VIR_ERR_CONFIG_UNSUPPORTED, ErrorNumbers.CONFIG_UNSUPPORTED),
            Map.entry(ErrorNumber.VIR_ERR_AUTH_CANCELLED, ErrorNumbers.AUTH_CANCELLED),
            Map.entry(ErrorNumber.VIR_ERR_ACCESS_DENIED, ErrorNumbers.ACCESS_DENIED),
            Map.entry(ErrorNumber.VIR_ERR_AUTH_UNAVAILABLE, ErrorNumbers.AUTH_UNAVAILABLE));

    private final int code;
    private final int from;

    /**
     * Makes one without a call of libvirt.
     *
     * @param from which part of libvirt
     */
    public VirtException(int code, int from, String message) {
        super(message);
        this.code = code;
        this.from = from;
    }

    /** The error that the last call on this thread left behind. */
    public static VirtException last() {
        Pointer message = LibvirtNative.virGetLastErrorMessage();
        return new VirtException(
                LibvirtNative.virGetLastErrorCode(),
                LibvirtNative.virGetLastErrorDomain(),
                message == null ? "unknown error" : SafeText.line(message.getString(0, "UTF-8")));
    }

    /** Nothing failed, but what was asked for is missing from the answer. */
    public static VirtException unanswered(String message) {
        return new VirtException(0, 0, message);
    }

    public static VirtException of(LibvirtException e) {
        Error error = e.getError();
        String message = SafeText.line(String.valueOf(e.getMessage()));
        return error == null
                ? new VirtException(ErrorNumbers.INTERNAL_ERROR, 0, message)
                : new VirtException(code(error.getCode()), from(error.getDomain()), message);
    }

    private static int code(@Nullable ErrorNumber number) {
        return number == null ? ErrorNumbers.INTERNAL_ERROR : CODES.getOrDefault(number, ErrorNumbers.INTERNAL_ERROR);
    }

    private static int from(@Nullable ErrorDomain domain) {
        return domain == ErrorDomain.VIR_FROM_RPC || domain == ErrorDomain.VIR_FROM_REMOTE ? FROM_RPC : 0;
    }

    /**
     * Whether the connection is of no use any more. QEMU's own errors are internal errors too, so the part of libvirt
     * that failed counts as well.
     *
     * <p>Errors of the code VIR_ERR_RPC do not count. They say that one message could not be packed, such as a
     * definition of more than 4 MiB, and the connection goes on. If one ends a connection after all, the next call on
     * it gives an internal error.
     */
    public boolean isConnectionLost() {
        return code == ErrorNumbers.INVALID_CONNECTION
                || ((from == FROM_RPC || from == FROM_REMOTE)
                        && (code == ErrorNumbers.INTERNAL_ERROR || code == ErrorNumbers.SYSTEM_ERROR));
    }

    /** Whether the domain is not there or does not run. */
    public boolean isDomainGone() {
        return code == ErrorNumbers.NO_DOMAIN;
    }

    /** Also said for other reasons than that the domain does not run. */
    boolean isOperationInvalid() {
        return code == ErrorNumbers.OPERATION_INVALID;
    }

    public boolean isUnsupported() {
        return code == ErrorNumbers.NO_SUPPORT
                || code == ErrorNumbers.ARGUMENT_UNSUPPORTED
                || code == ErrorNumbers.OPERATION_UNSUPPORTED;
    }

    /** Whether the driver does not know such a call, or not with these flags. */
    public boolean isRefused() {
        return isUnsupported() || code == ErrorNumbers.INVALID_ARGUMENT;
    }

    /** Whether another call for the same domain has not returned for so long that libvirt gave up waiting. */
    public boolean isTimeout() {
        return code == ErrorNumbers.OPERATION_TIMEOUT;
    }

    public int code() {
        return code;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
