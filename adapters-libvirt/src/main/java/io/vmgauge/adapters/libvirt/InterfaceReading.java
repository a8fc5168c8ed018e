package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.InterfaceCounters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The counters of one interface while they are being read, in the order of libvirt's virDomainInterfaceStatsStruct. */
final class InterfaceReading {
    private static final List<String> FIELDS =
            List.of("rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop");
    private static final int RECEIVED_BYTES = 0;
    private static final int SENT_BYTES = 4;
    /** libvirt's own sign for a counter that is not known. */
    private static final long UNKNOWN = -1;

    private final long[] values;
    private String name = "";

    InterfaceReading() {
        values = new long[FIELDS.size()];
        Arrays.fill(values, UNKNOWN);
    }

    /** @param values all eight */
    InterfaceReading(String name, long[] values) {
        this.name = Printable.name(name);
        this.values = values.clone();
    }

    static int size() {
        return FIELDS.size();
    }

    void name(String text) {
        name = Printable.name(text);
    }

    void set(String field, long value) {
        int i = FIELDS.indexOf(field);
        if (i >= 0) {
            values[i] = value;
        }
    }

    /** Absent without a name or bytes. Errors and drops that are not known have not been seen, so they are 0. */
    Optional<InterfaceCounters> counters() {
        if (name.isEmpty() || values[RECEIVED_BYTES] < 0 || values[SENT_BYTES] < 0) {
            return Optional.empty();
        }
        long[] v = Arrays.stream(values).map(value -> Math.max(0, value)).toArray();
        return Optional.of(new InterfaceCounters(name, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));
    }
}
