package io.vmgauge.adapters.libvirt.definition;

/** A domain's XML, or what it says of pods, cannot be used. The message is one line without raw text of the tenant. */
final class BadDefinition extends Exception {
    private static final long serialVersionUID = 1L;

    BadDefinition(String message) {
        super(message);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
