package io.vmgauge.engine.schedule;

import io.vmgauge.domain.sample.Metric;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Rounds of one kind, one at a time. While one is under way, the next waits, and metrics that fall due meanwhile join
 * it. A round that is stuck is left alone: the next one does not wait for it. Belongs to one thread.
 */
final class Rounds {
    private final DeadlineExecutor<String> executor;
    private final Consumer<Set<Metric>> round;
    private final PendingMetrics<String> pending = new PendingMetrics<>();
    /** A stuck key is left alone. So the round gets another number once the last one is stuck. */
    private int generation;

    /** @param round measures these metrics, however long that takes */
    Rounds(DeadlineExecutor<String> executor, Consumer<Set<Metric>> round) {
        this.executor = executor;
        this.round = round;
    }

    /** Begins a round of these metrics as soon as none is under way. */
    void begin(Set<Metric> metrics) {
        if (executor.stuck().contains(key())) {
            generation++;
        }
        String key = key();
        pending.add(key, Set.copyOf(metrics));
        executor.submit(key, () -> round.accept(pending.take(key)));
    }

    private String key() {
        return "round " + generation;
    }
}
