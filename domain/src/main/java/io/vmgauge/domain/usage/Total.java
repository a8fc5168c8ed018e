package io.vmgauge.domain.usage;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Sums over the containers of a pod, at the mean of their times: it grows whenever one of them does. */
final class Total {
    private Total() {}

    static <U> long of(List<U> all, ToLongFunction<U> value) {
        return all.stream().mapToLong(value).sum();
    }

    /** Absent as soon as one lacks the value: a part must not pass for the whole. */
    static <U> OptionalLong ofPresent(List<U> all, Function<U, OptionalLong> value) {
        return all.stream().allMatch(u -> value.apply(u).isPresent())
                ? OptionalLong.of(of(all, u -> value.apply(u).orElseThrow()))
                : OptionalLong.empty();
    }

    static <U> Instant timestamp(List<U> all, Function<U, Instant> timestamp) {
        Instant base = timestamp.apply(all.get(0));
        long sum = of(all, u -> Duration.between(base, timestamp.apply(u)).toNanos());
        return base.plusNanos(Math.floorDiv(sum, all.size()));
    }
}
