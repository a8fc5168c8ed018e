package io.vmgauge.adapters.libvirt;

/** Text of tenants and of libvirt made fit for one line of a log or a terminal. */
final class Printable {
    private static final int LONGEST_LINE = 300;
    private static final int LONGEST_NAME = 80;

    private Printable() {}

    static String line(String text) {
        return cut(text, LONGEST_LINE);
    }

    static String name(String text) {
        return cut(text, LONGEST_NAME);
    }

    /** Control characters, line ends and what could reorder or hide other text become question marks. */
    private static String cut(String text, int longest) {
        if (text.length() <= longest && isPlain(text)) {
            return text;
        }
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(longest).forEach(c -> line.appendCodePoint(isHarmless(c) ? c : '?'));
        return line + (text.codePointCount(0, text.length()) > longest ? "…" : "");
    }

    /** As nearly all names are, and all of them are looked at in all rounds. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static boolean isHarmless(int c) {
        int type = Character.getType(c);
        return type != Character.CONTROL
                && type != Character.FORMAT
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR
                && type != Character.SURROGATE
                && type != Character.PRIVATE_USE
                && type != Character.UNASSIGNED;
    }
}
