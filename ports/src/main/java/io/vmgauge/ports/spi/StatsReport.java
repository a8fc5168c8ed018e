package io.vmgauge.ports.spi;

import java.util.List;
import java.util.function.Supplier;

/**
 * What an endpoint answered once.
 *
 * @param rows one for each container, in the order of the answer
 * @param writer writes the whole answer in the protocol's own JSON form; only asked if somebody wants it
 */
public record StatsReport(List<StatsRow> rows, Supplier<String> writer) {
    public StatsReport {
        rows = List.copyOf(rows);
    }

    /** The whole answer in the protocol's own JSON form. */
    public String json() {
        return writer.get();
    }
}
