package io.vmgauge.adapters.virtdf;

/** Text of tools and tenants made fit for one line of a log or a terminal. */
final class Printable {
    private static final int LONGEST = 300;

    private Printable() {}

    /** Control characters, line ends and what could reorder or hide other text become question marks. */
    static String line(String text) {
        StringBuilder line = new StringBuilder();
        text.strip().codePoints().limit(LONGEST).forEach(c -> line.appendCodePoint(isHarmless(c) ? c : '?'));
        return line + (text.length() > LONGEST ? "…" : "");
    }

    private static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
