package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;

/**
 * A counter of CPU time as its readers see it. Between two answers it grows by no more than all vCPUs of the VM could
 * use, plus what the runtime accounted for from the time of the first to the moment of the second. Neither it nor its
 * time ever falls, and it grows only with its time.
 */
final class ReadSeries {
    /** Of means, which are whole nanoseconds. */
    private static final long ROUNDING = 100;

    private record Read(long time, long nanos) {}

    private final String name;
    private final long grain;
    private final List<Read> all = new ArrayList<>();

    /** @param grain what values are rounded down to, in nanoseconds */
    ReadSeries(String name, long grain) {
        this.name = name;
        this.grain = grain;
    }

    /**
     * @param time that was told with the value
     * @param now when it was told
     * @param account what the runtime had accounted for at which time
     */
    void read(long time, long nanos, long now, NavigableMap<Long, Long> account) {
        Read next = new Read(time, nanos);
        if (!all.isEmpty()) {
            Read last = all.get(all.size() - 1);
            assertTrue(nanos >= last.nanos, () -> name + " fell from " + last + " to " + next);
            assertTrue(time >= last.time, () -> name + ": its time fell from " + last + " to " + next);
            assertTrue(
                    time > last.time || nanos == last.nanos,
                    () -> name + " grew within its time from " + last + " to " + next);
        }
        for (Read before : all) {
            long accounted = at(account, now) - at(account, before.time);
            double most = (time - before.time) * RelayHistory.VCPUS + accounted + ROUNDING + grain;
            assertTrue(
                    nanos - before.nanos <= most,
                    () -> String.format(
                            "%s: from %s to %s is a rate of %.2f cores, %.2f more than there can be",
                            name,
                            before,
                            next,
                            (double) (nanos - before.nanos) / (time - before.time),
                            (nanos - before.nanos - most) / (time - before.time)));
        }
        all.add(next);
    }

    /** Between two entries it grew evenly. */
    private static long at(NavigableMap<Long, Long> account, long time) {
        var before = account.floorEntry(time);
        var after = account.ceilingEntry(time);
        if (before == null || after == null) {
            return before == null ? account.firstEntry().getValue() : before.getValue();
        }
        long span = after.getKey() - before.getKey();
        return span == 0
                ? before.getValue()
                : before.getValue()
                        + (long) ((double) (after.getValue() - before.getValue()) * (time - before.getKey()) / span);
    }
}
