package io.vmgauge.app.cli;

import io.vmgauge.ports.spi.StatsReport;
import io.vmgauge.ports.spi.StatsRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The table of {@code vmgauge stats}, at most 80 columns wide. */
final class StatsTable {
    private static final String FORMAT = "%-13s %-25s %-6s %5s %6s %6s %6s %6s%n";
    private static final String[] UNITS = {"B", "K", "M", "G", "T", "P", "E"};

    private StatsTable() {}

    /** What the second report says, with CPU rates since the first. */
    static String of(StatsReport before, StatsReport now) {
        Map<String, StatsRow> earlier = new HashMap<>();
        before.rows().forEach(row -> earlier.put(row.id(), row));
        StringBuilder table = new StringBuilder(
                String.format(FORMAT, "CONTAINER", "POD", "NAME", "CPU %", "MEM", "DISK", "RX", "TX"));
        for (StatsRow row : now.rows()) {
            table.append(String.format(
                    FORMAT,
                    cut(row.id(), 13),
                    cut(row.namespace() + "/" + row.pod(), 25),
                    cut(row.container(), 6),
                    percent(rate(earlier.get(row.id()), row)),
                    bytes(row.workingSetBytes()),
                    bytes(row.diskBytes()),
                    bytes(row.receivedBytes()),
                    bytes(row.sentBytes())));
        }
        return table.append(now.rows().isEmpty() ? "no containers\n" : "").toString();
    }

    /** Cores in use between two looks; where the counter did not move on, the rate that the endpoint gives. */
    private static OptionalDouble rate(@Nullable StatsRow before, StatsRow now) {
        if (before != null
                && before.cpuTime().isPresent()
                && now.cpuTime().isPresent()
                && before.cpuNanos().isPresent()
                && now.cpuNanos().isPresent()) {
            long elapsed = Duration.between(
                            before.cpuTime().get(), now.cpuTime().get())
                    .toNanos();
            long used = now.cpuNanos().getAsLong() - before.cpuNanos().getAsLong();
            if (elapsed > 0 && used >= 0) {
                return OptionalDouble.of((double) used / elapsed);
            }
        }
        return now.nanoCores().isPresent()
                ? OptionalDouble.of(now.nanoCores().getAsLong() / 1e9)
                : OptionalDouble.empty();
    }

    private static String percent(OptionalDouble cores) {
        return cores.isPresent() ? String.format(Locale.ROOT, "%.1f", cores.getAsDouble() * 100) : "-";
    }

    /** In units of 1024, with three digits that count. */
    static String bytes(OptionalLong bytes) {
        if (bytes.isEmpty()) {
            return "-";
        }
        double value = bytes.getAsLong();
        int unit = 0;
        while (value >= 999.5 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        String number = unit == 0 || value >= 99.95
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, value >= 9.995 ? "%.1f" : "%.2f", value);
        return number + UNITS[unit];
    }

    /** As much as fits; what an endpoint sends may be any text. */
    private static String cut(String text, int width) {
        String line = text.replaceAll("[^\\x20-\\x7e]", "?");
        return line.length() <= width ? line : line.substring(0, width - 1) + "~";
    }
}
