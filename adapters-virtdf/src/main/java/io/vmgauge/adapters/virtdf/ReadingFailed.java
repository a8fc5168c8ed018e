package io.vmgauge.adapters.virtdf;

/** A VM's images could not be read this time. The message is one line and becomes the answer's reason. */
final class ReadingFailed extends Exception {
    private static final long serialVersionUID = 1L;

    ReadingFailed(String message) {
        super(Printable.line(message));
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
