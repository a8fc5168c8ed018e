package io.vmgauge.adapters.virtdf.report;

/** What virt-df printed is not what virt-df prints, or cannot be true. The message is one line without text of tenants. */
public final class UnreadableReport extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableReport(String message) {
        super(message);
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
