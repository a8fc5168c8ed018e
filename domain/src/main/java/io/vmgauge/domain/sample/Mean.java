package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Means as distances from the first value, so that neither the sum of large counters nor that of nanosecond clocks
 * overflows, and rounded down, so that the mean of a counter never runs ahead of the counter.
 */
final class Mean {
    private Mean() {}

    static <S> long of(List<S> samples, ToLongFunction<S> value) {
        long base = value.applyAsLong(samples.get(0));
        long sum = 0;
        for (S sample : samples) {
            sum += value.applyAsLong(sample) - base;
        }
        return base + Math.floorDiv(sum, samples.size());
    }

    /** Absent as soon as one sample lacks the value. */
    static <S> OptionalLong ofPresent(List<S> samples, Function<S, OptionalLong> value) {
        return samples.stream().allMatch(s -> value.apply(s).isPresent())
                ? OptionalLong.of(of(samples, s -> value.apply(s).orElseThrow()))
                : OptionalLong.empty();
    }

    /**
     * The mean of the monotonic times, on the wall clock as the newest sample saw it: a clock that was set in between
     * must not average two times of day.
     */
    static <S extends Sample<S>> Moment ofTimes(List<S> samples) {
        Moment newest = samples.get(samples.size() - 1).takenAt();
        long nanos = of(samples, s -> s.takenAt().nanos());
        return new Moment(newest.wall().minusNanos(newest.nanos() - nanos), nanos);
    }
}
