package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.MetricType;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One metric as monitoring knows it, and what is told of it.
 *
 * @param <S> of whom or of what it is told
 * @param keys its labels beside those that say whose it is
 * @param points its values; none if they are unknown
 */
public record MetricFamily<S>(
        String name, MetricType type, String help, List<String> keys, Function<S, Stream<Point>> points) {
    public MetricFamily {
        keys = List.copyOf(keys);
    }

    /**
     * One value.
     *
     * @param takenAt nanoseconds since 1970; 0: it holds as long as it is told
     * @param labels one for each key
     */
    public record Point(long takenAt, long value, List<String> labels) {
        public Point {
            labels = List.copyOf(labels);
        }

        public static Point of(Instant takenAt, long value, String... labels) {
            return new Point(Timestamps.nanos(takenAt), value, List.of(labels));
        }
    }

    /** What is known of it. A guest can say what it likes, but nothing in CRI is less than 0. */
    public Stream<Point> of(S subject) {
        return points.apply(subject).filter(point -> point.value >= 0);
    }
}
