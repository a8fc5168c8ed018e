package io.vmgauge.adapters.libvirt.binding;

/** The numbers of virErrorNumber that anybody here asks for: libvirt/virterror.h. */
public final class ErrorNumbers {
    static final int INTERNAL_ERROR = 1;
    public static final int NO_SUPPORT = 3;
    public static final int UNKNOWN_HOST = 4;
    public static final int NO_CONNECT = 5;
    static final int INVALID_CONNECTION = 6;
    public static final int INVALID_ARGUMENT = 8;
    public static final int OPERATION_DENIED = 29;
    static final int SYSTEM_ERROR = 38;
    static final int NO_DOMAIN = 42;
    public static final int AUTH_FAILED = 45;
    static final int OPERATION_INVALID = 55;
    public static final int CONFIG_UNSUPPORTED = 67;
    static final int OPERATION_TIMEOUT = 68;
    static final int ARGUMENT_UNSUPPORTED = 74;
    public static final int AUTH_CANCELLED = 79;
    static final int OPERATION_UNSUPPORTED = 84;
    public static final int ACCESS_DENIED = 88;
    public static final int AUTH_UNAVAILABLE = 94;

    private ErrorNumbers() {}
}
