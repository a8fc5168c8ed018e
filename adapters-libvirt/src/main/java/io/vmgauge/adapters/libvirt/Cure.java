package io.vmgauge.adapters.libvirt;

/** What an operator can do when libvirt as a whole cannot be asked. By libvirt's code, since its words may be translated. */
final class Cure {
    // From libvirt/virterror.h.
    private static final int NO_SUPPORT = 3;
    static final int UNKNOWN_HOST = 4;
    static final int NO_CONNECT = 5;
    static final int INVALID_ARGUMENT = 8;
    static final int OPERATION_DENIED = 29;
    static final int AUTH_FAILED = 45;
    static final int CONFIG_UNSUPPORTED = 67;
    static final int AUTH_CANCELLED = 79;
    static final int ACCESS_DENIED = 88;
    static final int AUTH_UNAVAILABLE = 94;

    private Cure() {}

    static String of(VirtException e, ConnectionSettings settings) {
        String reason = e.reason();
        if (reason.contains("record for uid") || reason.contains("record for gid")) {
            return "libvirtd turns away whom it does not know: give vmgauge's user and group to its host or container too";
        }
        return switch (e.code()) {
            case AUTH_FAILED, AUTH_CANCELLED, AUTH_UNAVAILABLE, ACCESS_DENIED, OPERATION_DENIED -> access(settings);
            case NO_CONNECT, CONFIG_UNSUPPORTED ->
                "check hypervisor.libvirt.uri: libvirt has no such driver here, or its" + " package is not installed";
            case INVALID_ARGUMENT -> "check hypervisor.libvirt.uri";
            case UNKNOWN_HOST -> "check the host's name in hypervisor.libvirt.uri";
            case NO_SUPPORT ->
                "this driver of libvirt does not tell what vmgauge asks for: check hypervisor.libvirt.uri";
            default -> byWords(reason, settings);
        };
    }

    private static String byWords(String reason, ConnectionSettings settings) {
        if (reason.contains("ermission denied") || reason.contains("uthenticat") || reason.contains("access denied")) {
            return access(settings);
        }
        if (settings.uri().startsWith("test:")) {
            return "check hypervisor.libvirt.uri";
        }
        return settings.isOfThisHost()
                ? "is libvirtd running, and is hypervisor.libvirt.uri right?"
                : "is libvirtd running there, and is hypervisor.libvirt.uri right?";
    }

    private static String access(ConnectionSettings settings) {
        return settings.isOfThisHost()
                ? "run as root, or as a user in the group libvirt"
                : "let vmgauge's user log in there, and use libvirt there";
    }
}
