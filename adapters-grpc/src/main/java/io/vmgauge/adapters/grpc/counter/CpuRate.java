package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.domain.usage.CpuUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The rate at which a CPU counter grows, in nanoseconds per second. It is taken between two values that were told and are
 * far enough apart; until there are such, the rate before still holds.
 */
final class CpuRate {
    /** Over a shorter time a rate is mostly noise. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private Optional<CpuUsage> anchor = Optional.empty();
    private OptionalLong last = OptionalLong.empty();

    /** The next value is compared with this one. */
    void startAt(CpuUsage told) {
        anchor = Optional.of(told);
    }

    /** The next value is of another counter: it has no rate. */
    void beginAnew() {
        anchor = Optional.empty();
    }

    OptionalLong next(Instant time, long nanos) {
        Optional<Duration> span = anchor.map(told -> Duration.between(told.timestamp(), time));
        boolean isTooShort =
                span.isPresent() && !span.get().isNegative() && span.get().compareTo(SHORTEST) < 0;
        if (!isTooShort) {
            long since = anchor.map(CpuUsage::usageNanos).orElse(nanos);
            last = span.isEmpty() || span.get().isNegative()
                    ? OptionalLong.empty()
                    : OptionalLong.of(
                            Math.round((nanos - since) * 1e9 / span.get().toNanos()));
            anchor = Optional.of(new CpuUsage(time, nanos, OptionalLong.empty()));
        }
        return last;
    }
}
