package io.vmgauge.adapters.virtdf.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Comma-separated values as virt-df writes them: lines end with a line feed, fields that hold spaces, quotes, commas or
 * line feeds are quoted, quotes in them doubled. The parser is strict: output that was cut off or mixed up must never
 * be read as other numbers.
 */
final class Csv {
    private final String text;
    private int at;

    private Csv(String text) {
        this.text = text;
    }

    static List<List<String>> parse(String text) throws UnreadableReport {
        if (!text.endsWith("\n")) {
            throw new UnreadableReport("it ends in the middle of a line");
        }
        Csv csv = new Csv(text);
        List<List<String>> rows = new ArrayList<>();
        while (csv.at < text.length()) {
            rows.add(csv.row());
        }
        return rows;
    }

    private List<String> row() throws UnreadableReport {
        List<String> fields = new ArrayList<>();
        do {
            fields.add(peek() == '"' ? quoted() : plain());
        } while (next() == ',');
        return fields;
    }

    private String plain() throws UnreadableReport {
        int start = at;
        while (peek() != ',' && peek() != '\n') {
            if (peek() == '"') {
                throw new UnreadableReport("it has a quote inside a field");
            }
            at++;
        }
        return text.substring(start, at);
    }

    private String quoted() throws UnreadableReport {
        StringBuilder field = new StringBuilder();
        next();
        while (true) {
            char c = next();
            if (c != '"') {
                field.append(c);
            } else if (peek() == '"') {
                field.append(next());
            } else if (peek() == ',' || peek() == '\n') {
                return field.toString();
            } else {
                throw new UnreadableReport("it has text after a closing quote");
            }
        }
    }

    private char next() throws UnreadableReport {
        char c = peek();
        at++;
        return c;
    }

    /** In a whole row there always is one more, since the text ends with a line feed. */
    private char peek() throws UnreadableReport {
        if (at >= text.length()) {
            throw new UnreadableReport("it ends in the middle of a field");
        }
        return text.charAt(at);
    }
}
