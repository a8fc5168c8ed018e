package io.vmgauge.engine.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Rounds go on while eight readers ask in all four ways: each sample is in exactly one answer.
 *
 * <p>Which samples an answer is made of is told by its numbers. Sample i is taken i milliseconds after the begin and
 * counts i to the power of three, so of an answer from the samples a+1 to b, after one that ended with a, the mean time
 * is (a+1+b)/2 milliseconds and the rate is b² + ab + a²: two equations, and one solution.
 */
class ConcurrentQueriesTest {
    private static final int SAMPLES = 10_000;
    private static final int READERS = 8;

    /** The samples after one, up to another. */
    private record Span(long after, long upTo) {}

    // Room for all samples: none may be pushed out.
    private final AgentScenario agent = new AgentScenario(SAMPLES);
    private final VmId vm = agent.add("web", "aaa");
    private final Instant begin = agent.time.now().wall();
    private final Map<Span, Integer> firstReader = new ConcurrentHashMap<>();
    private final AtomicBoolean done = new AtomicBoolean();

    @Test
    void noSampleIsLostOrCountedTwice() throws Exception {
        sample(0);
        answers(0);
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try {
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                int number = i;
                readers.add(threads.submit(() -> read(number)));
            }
            for (int i = 1; i <= SAMPLES; i++) {
                agent.time.advance(Duration.ofMillis(1));
                sample(i);
            }
            done.set(true);
            for (Future<?> reader : readers) {
                reader.get();
            }
        } finally {
            threads.shutdownNow();
        }
        check();
    }

    private void sample(long i) {
        agent.hypervisor.cpu(vm, i * i * i);
        agent.sampling.round(AgentScenario.QUICK);
    }

    /** Once more after the last sample, whoever is last. */
    private void read(int number) {
        boolean last = false;
        for (int way = number; !last; way++) {
            last = done.get();
            answers(way).forEach(usage -> usage.nanoCores().ifPresent(rate -> {
                firstReader.putIfAbsent(span(usage.timestamp(), rate), number);
            }));
        }
    }

    private Stream<CpuUsage> answers(int way) {
        return containers(way).flatMap(container -> container.usage().cpu().stream());
    }

    private Stream<ContainerUsage> containers(int way) {
        return switch (way % 4) {
            case 0 -> agent.queries.containers(Selection.ALL).stream();
            case 1 -> agent.queries.sandboxes(Selection.ALL).stream().flatMap(pod -> pod.containers().stream());
            case 2 ->
                agent.queries.container("aaa") instanceof Lookup.Found<ContainerUsage> it
                        ? Stream.of(it.value())
                        : Stream.empty();
            default ->
                agent.queries.sandbox("sandbox-web") instanceof Lookup.Found<SandboxUsage> it
                        ? it.value().containers().stream()
                        : Stream.empty();
        };
    }

    private Span span(Instant mean, long nanoCores) {
        // Of a and b, as above: their sum, their product, and what is left between them.
        long sum = 2 * Duration.between(begin, mean).toNanos() / 1_000_000 - 1;
        long product = sum * sum - nanoCores / 1000;
        long distance = Math.round(Math.sqrt((double) (sum * sum - 4 * product)));
        return new Span((sum - distance) / 2, (sum + distance) / 2);
    }

    private void check() {
        Map<Long, Long> spans = new TreeMap<>();
        for (Span span : firstReader.keySet()) {
            Long other = spans.put(span.after, span.upTo);
            assertTrue(other == null, () -> "two answers go on after sample " + span.after);
        }
        long at = 0;
        for (Map.Entry<Long, Long> span : spans.entrySet()) {
            assertEquals(at, span.getKey(), "the answers overlap, or there is a gap between them");
            at = span.getValue();
        }
        assertEquals(SAMPLES, at);
        Set<Integer> served = new HashSet<>(firstReader.values());
        assertTrue(served.size() >= 3, () -> "only the readers " + served + " ever got a sample");
    }
}
