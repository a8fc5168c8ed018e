package io.vmgauge.domain.text;

/**
 * Text from outside (tenants, guests, tools, libraries), made fit for one line of a log, a table or a terminal: bounded,
 * printable, on one line.
 */
public final class SafeText {
    /** The most characters of a {@link #line}. */
    public static final int LONGEST_LINE = 300;
    /** The most characters of a {@link #name}. */
    public static final int LONGEST_NAME = 80;

    private SafeText() {}

    /** One line of at most {@value #LONGEST_LINE} characters; see {@link #line(String, int)}. */
    public static String line(String text) {
        return line(text, LONGEST_LINE);
    }

    /** A name of at most {@value #LONGEST_NAME} characters; see {@link #line(String, int)}. */
    public static String name(String text) {
        return line(text, LONGEST_NAME);
    }

    /**
     * One line. Line ends and tabs become spaces. Control characters and what could reorder or hide other text become
     * question marks. Space at both ends goes.
     *
     * @param longest how many characters are kept; text that was longer ends with an ellipsis
     */
    public static String line(String text, int longest) {
        String stripped = text.strip();
        if (stripped.length() <= longest && isPlain(stripped)) {
            return stripped;
        }
        StringBuilder line = new StringBuilder();
        stripped.codePoints().limit(longest).forEach(c -> line.appendCodePoint(printable(c)));
        return line + (stripped.codePointCount(0, stripped.length()) > longest ? "…" : "");
    }

    /** Nearly all names are, and each round looks at all of them. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private static int printable(int c) {
        if (Character.isWhitespace(c)) {
            return ' ';
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> '?';
            default -> c;
        };
    }
}
