package io.vmgauge.adapters.virtdf.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * 120,000 generated reports. Half are as virt-df would write them for the strangest VMs; these are read exactly. Half
 * are damaged: none leads to an exception other than the parser's own, or to a number that does not follow from its
 * whole lines.
 */
class HostileReportTest {
    private static final int CASES = 15_000;
    private static final String TITLES = "VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n";
    private static final String[] SNIPPETS = {
        ",",
        "\"",
        "\n",
        "\"\"",
        "\",\"",
        "\r\n",
        " ",
        "\0",
        "\u001b[31m",
        "ü",
        "\ud83d\ude00",
        "btrfsvol:",
        "/dev/sda",
        "+",
        "99999999999999999999",
        "-1",
        "0",
        "=1+1",
        TITLES
    };

    private static final String FIELD = "(?:\"(?:[^\"]++|\"\")*+\"|[^\",\n]*+)";
    private static final Pattern LINE =
            Pattern.compile("\\G" + FIELD + ",(" + FIELD + "),[0-9]+,([0-9]+),[0-9]+,[0-9.]*\n");

    private record Row(String device, long size, long used, long available) {}

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void strangeVmsAreReadExactly(long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < CASES; i++) {
            List<Row> rows = rows(random);
            String csv = write(name(random), rows);
            String where = "seed " + seed + ", case " + i;
            long expected = rows.stream()
                    .filter(row -> !row.device.startsWith("btrfsvol:"))
                    .mapToLong(row -> row.used * 1024)
                    .sum();
            boolean known = rows.stream().anyMatch(row -> row.size > 0);
            OptionalLong used = Report.parse(csv).usedBytes(unknownSizes());
            assertEquals(known ? OptionalLong.of(expected) : OptionalLong.empty(), used, where);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {5, 6, 7, 8})
    void damagedReportsAreRefusedOrReadAsTheyStand(long seed) {
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < CASES; i++) {
            String csv = damaged(write(name(random), rows(random)), random);
            try {
                OptionalLong used = Report.parse(csv).usedBytes(unknownSizes());
                String where = "seed " + seed + ", case " + i + ": " + csv;
                assertTrue(used.isEmpty() || naive(csv) == used.getAsLong(), where);
            } catch (UnreadableReport expected) {
                refused++;
                assertTrue(expected.reason().chars().allMatch(c -> c >= ' ' && c < 127));
            }
        }
        assertTrue(refused > CASES / 2, refused + " of " + CASES + " refused");
    }

    /** Another reader, made of one regular expression; -1 if the text is not what virt-df prints. */
    private static long naive(String csv) {
        Matcher line = LINE.matcher(csv).region(TITLES.length(), csv.length());
        long sum = 0;
        int end = TITLES.length();
        while (line.find()) {
            end = line.end();
            if (!line.group(1).replaceFirst("^\"", "").startsWith("btrfsvol:")) {
                sum += Long.parseLong(line.group(2)) * 1024;
            }
        }
        return csv.startsWith(TITLES) && end == csv.length() ? sum : -1;
    }

    private static List<Row> rows(Random random) {
        List<Row> rows = new ArrayList<>();
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            long size = random.nextInt(20) == 0 ? 0 : random.nextLong() >>> (21 + random.nextInt(40));
            long used = size == 0 ? 0 : Math.floorMod(random.nextLong(), size + 1);
            long available = Math.floorMod(random.nextLong(), size - used + 1);
            String device = device(i, random);
            rows.add(new Row(device, size, used, available));
            for (int s = random.nextInt(12) == 0 ? 2 : 0; s > 0; s--) {
                rows.add(new Row("btrfsvol:" + device + "/" + s + hostile(random), size, used, available));
            }
        }
        return rows;
    }

    private static String device(int i, Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "/dev/vg" + i + "/" + hostile(random);
            case 1 -> "/dev/md" + i;
            case 2 -> "/dev/sd" + (char) ('a' + i);
            default -> "/dev/sd" + (char) ('a' + i) + (1 + random.nextInt(15));
        };
    }

    private static String name(Random random) {
        return "vm" + hostile(random);
    }

    private static String hostile(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(SNIPPETS[random.nextInt(SNIPPETS.length)]);
        }
        return text.toString();
    }

    private static String write(String name, List<Row> rows) {
        StringBuilder csv = new StringBuilder(TITLES);
        for (Row row : rows) {
            csv.append(field(name)).append(',').append(field(row.device)).append(',');
            csv.append(row.size)
                    .append(',')
                    .append(row.used)
                    .append(',')
                    .append(row.available)
                    .append(',');
            csv.append(row.size == 0 ? "" : "12.5").append('\n');
        }
        return csv.toString();
    }

    private static String field(String text) {
        boolean quoted = text.chars().anyMatch(c -> c == ' ' || c == '"' || c == ',' || c == '\n');
        return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    private static String damaged(String csv, Random random) {
        StringBuilder text = new StringBuilder(csv);
        for (int i = 1 + random.nextInt(3); i > 0 && text.length() > 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setLength(at);
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.insert(at, SNIPPETS[random.nextInt(SNIPPETS.length)]);
                default -> text.setCharAt(at, (char) random.nextInt(128));
            }
        }
        return text.toString();
    }

    private static List<OptionalLong> unknownSizes() {
        return Collections.nCopies(26 * 27, OptionalLong.empty());
    }
}
