package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.Sample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The newest samples of one metric of one VM, at most {@link #capacity}, that no answer has used yet. Immutable;
 * whoever shares one replaces it atomically, and then no sample is lost or counted twice however many read and write.
 *
 * <p>Taking an answer empties the window. Several readers may do so in turn and still see true rates, because
 * <ul>
 * <li>the mean of a counter at the mean of the times lies on the counter's own curve,
 * <li>the anchor, the last sample that an answer used, stays until the next answer, so that consecutive rates cover all
 * time, even if samples in between were pushed out of the window,
 * <li>without a new sample the last answer is given again, old timestamp and all.
 * </ul>
 *
 * <p>Order is the monotonic clock's. The timestamp follows the wall clock, but when that was set back, time goes on at
 * nine tenths of its pace until the wall clock has caught up (as chrony slews): it never falls, and rates that readers
 * compute from it stay true within 11 %.
 */
public final class SampleWindow<S extends Sample<S>> {
    private final int capacity;
    private final List<S> samples;
    private final @Nullable S anchor;
    private final @Nullable Answer<S> last;

    private SampleWindow(int capacity, List<S> samples, @Nullable S anchor, @Nullable Answer<S> last) {
        this.capacity = capacity;
        this.samples = samples;
        this.anchor = anchor;
        this.last = last;
    }

    /** An empty window that will hold at most so many samples. */
    public static <S extends Sample<S>> SampleWindow<S> of(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a window holds at least one sample");
        }
        return new SampleWindow<S>(capacity, List.of(), null, null);
    }

    /**
     * This window with one more sample. One that is not newer than all before it is dropped; one that does not continue
     * the newest begins a new window.
     */
    public SampleWindow<S> plus(S next) {
        S newest = last();
        if (newest != null && !next.takenAt().isAfter(newest.takenAt())) {
            return this;
        }
        if (newest != null && !next.continues(newest)) {
            return new SampleWindow<>(capacity, List.of(next), null, last);
        }
        if (samples.size() < capacity) {
            return new SampleWindow<>(capacity, append(samples, next), anchor, last);
        }
        S oldest = samples.get(0);
        List<S> kept = append(samples.subList(1, samples.size()), next);
        return new SampleWindow<>(capacity, kept, anchor == null ? oldest : anchor, last);
    }

    /** What this window says now; absent until the first sample. */
    public Optional<Answer<S>> answer() {
        if (samples.isEmpty()) {
            return Optional.ofNullable(last);
        }
        S newest = samples.get(samples.size() - 1);
        S mean = newest.meanOf(samples);
        S since = anchor == null ? samples.get(0) : anchor;
        return Optional.of(
                new Answer<>(mean, timestampOf(mean), newest, since == newest ? Optional.empty() : Optional.of(since)));
    }

    /** This window after its answer was given: empty, and the newest sample is the anchor of the next rate. */
    public SampleWindow<S> taken() {
        return samples.isEmpty() ? this : new SampleWindow<S>(capacity, List.of(), last(), answer().orElseThrow());
    }

    /** The answer that was given last; absent until one was. */
    public Optional<Answer<S>> lastGiven() {
        return Optional.ofNullable(last);
    }

    /** How many samples the next answer will use. */
    public int size() {
        return samples.size();
    }

    public int capacity() {
        return capacity;
    }

    /** The last sample, whether an answer has used it or not; absent until the first one. */
    public Optional<S> newest() {
        return Optional.ofNullable(last());
    }

    private @Nullable S last() {
        return samples.isEmpty() ? anchor : samples.get(samples.size() - 1);
    }

    private Instant timestampOf(S mean) {
        Instant wall = mean.takenAt().wall();
        if (last == null) {
            return wall;
        }
        long elapsed = mean.takenAt().nanosSince(last.mean().takenAt());
        Instant slewed = last.timestamp().plusNanos(elapsed - elapsed / 10);
        return wall.isAfter(slewed) ? wall : slewed;
    }

    private static <S> List<S> append(List<S> samples, S next) {
        return Stream.concat(samples.stream(), Stream.of(next)).toList();
    }
}
