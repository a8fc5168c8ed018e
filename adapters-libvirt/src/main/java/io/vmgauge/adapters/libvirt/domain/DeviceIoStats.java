package io.vmgauge.adapters.libvirt.domain;

import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.text.SafeText;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The counters of one block device while they are being read. */
final class DeviceIoStats {
    private static final List<String> FIELDS =
            List.of("rd.bytes", "rd.reqs", "rd.times", "wr.bytes", "wr.reqs", "wr.times", "fl.reqs", "fl.times");
    /** Those of libvirt's virDomainBlockStatsStruct, in its order. The last one counts errors of Xen. */
    private static final List<String> OF_STRUCTURE = List.of("rd.reqs", "rd.bytes", "wr.reqs", "wr.bytes", "errs");
    /** libvirt's own sign for a counter that is not known. */
    private static final long UNKNOWN = -1;

    private final long[] values = new long[FIELDS.size()];

    DeviceIoStats() {
        Arrays.fill(values, UNKNOWN);
    }

    /** @param structure as {@link #structureSize} says */
    DeviceIoStats(long[] structure) {
        this();
        for (int i = 0; i < structure.length; i++) {
            set(OF_STRUCTURE.get(i), structure[i]);
        }
    }

    /** How many numbers virDomainBlockStats tells. */
    static int structureSize() {
        return OF_STRUCTURE.size();
    }

    void set(String field, long value) {
        int i = FIELDS.indexOf(field);
        if (i >= 0) {
            values[i] = value;
        }
    }

    /** Absent without any counter. */
    Optional<DeviceIo> counters(String device) {
        return Arrays.stream(values).allMatch(value -> value < 0)
                ? Optional.empty()
                : Optional.of(new DeviceIo(SafeText.name(device), counters(0), counters(3), known(6), known(7)));
    }

    private IoCounters counters(int first) {
        return new IoCounters(known(first), known(first + 1), known(first + 2));
    }

    private OptionalLong known(int i) {
        return values[i] < 0 ? OptionalLong.empty() : OptionalLong.of(values[i]);
    }
}
