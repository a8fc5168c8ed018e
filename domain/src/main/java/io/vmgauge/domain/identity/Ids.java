package io.vmgauge.domain.identity;

/** What every id must look like, since ids come from tenants and travel into logs, tables and labels. */
final class Ids {
    static final int LONGEST = 253;

    private Ids() {}

    static void require(String value, String what) {
        if (value.isEmpty() || value.length() > LONGEST || !isPrintableAscii(value)) {
            throw new IllegalArgumentException(
                    what + " must be 1 to " + LONGEST + " printable ASCII characters without spaces");
        }
    }

    /** A loop, since each round makes every id anew and a stream would take ten times as long. */
    private static boolean isPrintableAscii(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) <= ' ' || value.charAt(i) >= 0x7f) {
                return false;
            }
        }
        return true;
    }
}
