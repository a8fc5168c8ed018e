package io.vmgauge.ports.testkit;

import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** The calls of a {@link FakeHypervisor}: how many came, how many wait, which kinds are held. The hypervisor's monitor guards it. */
final class FakeCalls {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Object monitor;
    private final Set<Call> held = EnumSet.noneOf(Call.class);
    private final Map<Call, Integer> begun = new EnumMap<>(Call.class);
    private final Map<Call, Integer> waiting = new EnumMap<>(Call.class);

    FakeCalls(Object monitor) {
        this.monitor = monitor;
    }

    void hold(List<Call> kinds) {
        held.addAll(kinds);
    }

    void letGo() {
        held.clear();
        monitor.notifyAll();
    }

    int begun(Call kind) {
        return begun.getOrDefault(kind, 0);
    }

    int waiting(Call kind) {
        return waiting.getOrDefault(kind, 0);
    }

    void begin(Call kind) {
        begun.merge(kind, 1, Integer::sum);
        monitor.notifyAll();
    }

    /** Waits as long as calls of this kind are held, or the condition is true. */
    void waitWhile(Call kind, BooleanSupplier condition) {
        waiting.merge(kind, 1, Integer::sum);
        // Once: threads that wait would wake each other for ever, and no other thread would get the monitor.
        monitor.notifyAll();
        Waiting.onWhile(monitor, 0, () -> held.contains(kind) || condition.getAsBoolean());
        waiting.merge(kind, -1, Integer::sum);
    }

    /** Returns as soon as the condition is true; fails after ten seconds. */
    void await(String what, BooleanSupplier condition) {
        synchronized (monitor) {
            try {
                for (int waits = 0; !condition.getAsBoolean(); waits++) {
                    if (waits == LONGEST_WAIT.toMillis()) {
                        throw new AssertionError("no " + what + " within " + LONGEST_WAIT.toSeconds() + " s");
                    }
                    monitor.wait(1);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            }
        }
    }
}
