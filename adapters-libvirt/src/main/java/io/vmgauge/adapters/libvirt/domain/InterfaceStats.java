package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.text.SafeText;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The counters of one interface while they are being read, in the order of libvirt's virDomainInterfaceStatsStruct. */
final class InterfaceStats {
    private static final List<String> FIELDS =
            List.of("rx.bytes", "rx.pkts", "rx.errs", "rx.drop", "tx.bytes", "tx.pkts", "tx.errs", "tx.drop");
    private static final int RECEIVED_BYTES = 0;
    private static final int SENT_BYTES = 4;
    /** libvirt's own sign for a counter that is not known. */
    private static final long UNKNOWN = -1;

    private final long[] values;
    private String name = "";

    InterfaceStats() {
        values = new long[FIELDS.size()];
        Arrays.fill(values, UNKNOWN);
    }

    /** @param values all eight */
    InterfaceStats(String name, long[] values) {
        this.name = SafeText.name(name);
        this.values = values.clone();
    }

    static int size() {
        return FIELDS.size();
    }

    void name(String text) {
        name = SafeText.name(text);
    }

    void set(String field, long value) {
        int i = FIELDS.indexOf(field);
        if (i >= 0) {
            values[i] = value;
        }
    }

    /** Absent without a name or bytes. */
    Optional<InterfaceCounters> counters() {
        if (name.isEmpty() || values[RECEIVED_BYTES] < 0 || values[SENT_BYTES] < 0) {
            return Optional.empty();
        }
        return Optional.of(new InterfaceCounters(name, traffic(RECEIVED_BYTES), traffic(SENT_BYTES)));
    }

    private Traffic traffic(int first) {
        return new Traffic(values[first], known(values[first + 1]), known(values[first + 2]), known(values[first + 3]));
    }

    private static OptionalLong known(long value) {
        return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
