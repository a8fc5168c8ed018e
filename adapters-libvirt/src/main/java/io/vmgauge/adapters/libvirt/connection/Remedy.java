package io.vmgauge.adapters.libvirt.connection;

import io.vmgauge.adapters.libvirt.binding.ErrorNumbers;
import io.vmgauge.adapters.libvirt.binding.VirtException;

/**
 * What an operator can do when libvirt as a whole cannot be asked. It is chosen by libvirt's error code, since
 * libvirt's words may be translated.
 */
public final class Remedy {
    private Remedy() {}

    public static String of(VirtException e, ConnectionSettings settings) {
        String reason = e.reason();
        if (reason.contains("record for uid") || reason.contains("record for gid")) {
            return "libvirtd turns away whom it does not know: give vmgauge's user and group to its host or container too";
        }
        return switch (e.code()) {
            case ErrorNumbers.AUTH_FAILED,
                    ErrorNumbers.AUTH_CANCELLED,
                    ErrorNumbers.AUTH_UNAVAILABLE,
                    ErrorNumbers.ACCESS_DENIED,
                    ErrorNumbers.OPERATION_DENIED -> access(settings);
            case ErrorNumbers.NO_CONNECT, ErrorNumbers.CONFIG_UNSUPPORTED ->
                "check hypervisor.libvirt.uri: libvirt has no such driver here, or its package is not installed";
            case ErrorNumbers.INVALID_ARGUMENT -> "check hypervisor.libvirt.uri";
            case ErrorNumbers.UNKNOWN_HOST -> "check the host's name in hypervisor.libvirt.uri";
            case ErrorNumbers.NO_SUPPORT ->
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
