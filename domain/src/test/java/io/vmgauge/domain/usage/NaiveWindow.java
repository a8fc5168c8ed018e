package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.CpuSample;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The rules as a reader would write them down without a thought for memory: nothing is ever forgotten. */
final class NaiveWindow {
    record Served(long usageNanos, long meanNanos, OptionalLong nanoCores, long intervalNanos) {}

    private final int capacity;
    private final List<CpuSample> life = new ArrayList<>();
    private int used;
    private Optional<Served> last = Optional.empty();

    NaiveWindow(int capacity) {
        this.capacity = capacity;
    }

    /** Returns whether the sample began a new life. */
    boolean add(CpuSample sample) {
        if (life.isEmpty()) {
            life.add(sample);
            return false;
        }
        CpuSample newest = life.get(life.size() - 1);
        if (sample.takenAt().nanos() - newest.takenAt().nanos() <= 0) {
            return false;
        }
        boolean fell = sample.usageNanos() < newest.usageNanos();
        if (fell) {
            life.clear();
            used = 0;
        }
        life.add(sample);
        return fell;
    }

    Optional<Served> read() {
        List<CpuSample> pending = life.subList(used, life.size());
        if (!pending.isEmpty()) {
            List<CpuSample> window = pending.subList(Math.max(0, pending.size() - capacity), pending.size());
            CpuSample newest = window.get(window.size() - 1);
            CpuSample since = used > 0 ? life.get(used - 1) : life.get(0);
            long interval = newest.takenAt().nanos() - since.takenAt().nanos();
            last = Optional.of(new Served(
                    mean(window.stream().map(CpuSample::usageNanos).toList()),
                    // As distances, since the clock may wrap around within the window.
                    newest.takenAt().nanos()
                            + mean(window.stream()
                                    .map(s -> s.takenAt().nanos()
                                            - newest.takenAt().nanos())
                                    .toList()),
                    interval == 0 ? OptionalLong.empty() : OptionalLong.of(rate(since, newest, interval)),
                    interval));
            used = life.size();
        }
        return last;
    }

    private static long mean(List<Long> values) {
        BigInteger sum = values.stream().map(BigInteger::valueOf).reduce(BigInteger.ZERO, BigInteger::add);
        return new BigDecimal(sum)
                .divide(BigDecimal.valueOf(values.size()), 0, RoundingMode.FLOOR)
                .longValueExact();
    }

    private static long rate(CpuSample since, CpuSample newest, long interval) {
        return BigDecimal.valueOf(newest.usageNanos() - since.usageNanos())
                .multiply(BigDecimal.valueOf(1_000_000_000L))
                .divide(BigDecimal.valueOf(interval), 0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
