package io.vmgauge.adapters.grpc;

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
record Family<S>(String name, MetricType type, String help, List<String> keys, Function<S, Stream<Point>> points) {
    Family {
        keys = List.copyOf(keys);
    }

    /**
     * One value.
     *
     * @param takenAt nanoseconds since 1970; 0: it holds as long as it is told
     * @param labels one for each key
     */
    record Point(long takenAt, long value, List<String> labels) {
        Point {
            labels = List.copyOf(labels);
        }

        static Point of(Instant takenAt, long value, String... labels) {
            return new Point(InventoryMapping.nanos(takenAt), value, List.of(labels));
        }
    }

    /** What is known of it. A guest can say what it likes, but nothing in CRI is less than 0. */
    Stream<Point> of(S subject) {
        return points.apply(subject).filter(point -> point.value >= 0);
    }
}
