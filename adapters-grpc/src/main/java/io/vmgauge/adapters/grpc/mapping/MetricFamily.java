package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.MetricType;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One metric, and how its values are taken from its subject.
 *
 * @param <S> what it is a metric of
 * @param keys the labels beside those that say whose it is
 * @param points the values; none if they are unknown
 */
public record MetricFamily<S>(
        String name, MetricType type, String help, List<String> keys, Function<S, Stream<Point>> points) {
    public MetricFamily {
        keys = List.copyOf(keys);
    }

    /**
     * One value.
     *
     * @param takenAt nanoseconds since 1970; 0 if the value has no time of its own
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

    /**
     * The values that are known. A guest can say what it likes, so values below 0, which CRI cannot have, are left out.
     */
    public Stream<Point> of(S subject) {
        return points.apply(subject).filter(point -> point.value >= 0);
    }
}
