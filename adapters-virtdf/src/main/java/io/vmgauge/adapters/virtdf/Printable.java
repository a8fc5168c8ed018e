package io.vmgauge.adapters.virtdf;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Text of tools and tenants made fit for one line of a log or a terminal. */
final class Printable {
    private static final int LONGEST = 300;
    /** Names that libguestfs and supermin make up anew each time. */
    private static final String MADE_UP = "(libguestfs|appliance\\.d\\.)[A-Za-z0-9]{6}";

    private Printable() {}

    /** Control characters, line ends and what could reorder or hide other text become question marks. */
    static String line(String text) {
        StringBuilder line = new StringBuilder();
        text.strip().codePoints().limit(LONGEST).forEach(c -> line.appendCodePoint(isHarmless(c) ? c : '?'));
        return line + (text.length() > LONGEST ? "…" : "");
    }

    /** Without what is different each time: what fails again for the same reason must be told in the same words. */
    static String repeatable(String text, Path run) {
        return text.replace(run + "/", "").replace(run.toString(), "").replaceAll(MADE_UP, "$1");
    }

    /** Likewise, why a file cannot be used, without its name. */
    static String why(IOException e) {
        if (e instanceof FileSystemException file) {
            String reason = file.getReason();
            return reason == null ? e.getClass().getSimpleName() : reason;
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
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
