package io.vmgauge.adapters.grpc;

/** Text from outside, made fit for where it goes. */
final class Words {
    private static final int LONGEST = 160;

    private Words() {}

    /** One line of bearable length without control characters, which could repaint a reader's terminal. */
    static String line(String text) {
        String head = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
        return head.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}]+", " ");
    }

    /** A JSON string, quotes included. */
    static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                json.append('\\').append((char) c);
            } else if (c < ' ' || c == 0x7f) {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }
}
