package io.vmgauge.ports.spi;

/** The operator's configuration makes no sense. The one-line message names the key, the value, the place and the cure. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SettingsException(String message) {
        super(message);
    }

    public SettingsException(String message, Throwable cause) {
        super(message, cause);
    }
}
