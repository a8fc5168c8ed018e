package io.vmgauge.domain.identity;

/** What every id must look like, since ids come from tenants and travel into logs, tables and labels. */
final class Ids {
    static final int LONGEST = 253;

    private Ids() {}

    static void require(String value, String what) {
        if (value.isEmpty() || value.length() > LONGEST || !value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    what + " must be 1 to " + LONGEST + " printable ASCII characters without spaces");
        }
    }
}
