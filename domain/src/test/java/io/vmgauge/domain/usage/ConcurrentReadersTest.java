package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One writer and eight readers share windows as the agent does: by replacing them atomically. */
class ConcurrentReadersTest {
    private static final int SAMPLES = 200_000;
    private static final Set<Metric> CPU = EnumSet.of(Metric.CPU);
    // Room for all samples: then each of them must be in exactly one answer.
    private static final UsageRules RULES = new UsageRules(
            Stream.of(Metric.values())
                    .collect(Collectors.toMap(m -> m, m -> new MetricRule(SAMPLES, Duration.ofDays(1)))),
            WorkingSet.HOST);

    private final AtomicReference<UsageWindows> shared = new AtomicReference<>(UsageWindows.empty(RULES));
    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    void noSampleIsLostOrCountedTwice() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(9);
        try {
            List<Future<List<UsageWindows>>> readers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                readers.add(threads.submit((Callable<List<UsageWindows>>) this::readUntilDone));
            }
            threads.submit(this::write).get();
            done.set(true);
            List<UsageWindows> answered = new ArrayList<>();
            for (Future<List<UsageWindows>> reader : readers) {
                answered.addAll(reader.get());
            }
            answered.add(shared.get());
            check(answered.stream().filter(w -> w.cpu().size() > 0).toList());
        } finally {
            threads.shutdownNow();
        }
    }

    private void write() {
        for (int i = 1; i <= SAMPLES; i++) {
            CpuSample sample = new CpuSample(new Moment(Instant.ofEpochSecond(0, i), i), i * 1000L);
            shared.updateAndGet(w -> w.plus(sample));
        }
    }

    private List<UsageWindows> readUntilDone() {
        List<UsageWindows> answered = new ArrayList<>();
        while (!done.get()) {
            UsageWindows before = shared.getAndUpdate(w -> w.taken(CPU));
            if (before.cpu().size() > 0) {
                answered.add(before);
            }
        }
        return answered;
    }

    private static void check(List<UsageWindows> answered) {
        assertEquals(SAMPLES, answered.stream().mapToLong(w -> w.cpu().size()).sum());
        Map<Long, Long> intervals = answered.stream()
                .flatMap(w -> w.cpu().answer().stream())
                .filter(a -> a.since().isPresent())
                .collect(Collectors.toMap(a -> a.since().orElseThrow().usageNanos(), a -> a.newest()
                        .usageNanos()));
        // Rates must link up without a gap or an overlap from the first sample, or the first answer, to the last
        // sample.
        long at = intervals.keySet().stream().mapToLong(Long::longValue).min().orElseThrow();
        assertEquals(1000L, at);
        int links = 0;
        while (intervals.containsKey(at)) {
            at = intervals.getOrDefault(at, 0L);
            links++;
        }
        assertEquals(SAMPLES * 1000L, at);
        assertEquals(intervals.size(), links);
    }
}
