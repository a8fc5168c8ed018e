package io.vmgauge.adapters.grpc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads that make the same call again and again until they are closed. Closing fails if one of the calls failed. */
final class SteadyCallers implements AutoCloseable {
    private final AtomicInteger calls = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ending;
    private volatile Optional<Throwable> failure = Optional.empty();

    SteadyCallers(int size, Runnable call) {
        for (int i = 0; i < size; i++) {
            Thread thread = new Thread(() -> {
                while (!ending) {
                    call.run();
                    calls.incrementAndGet();
                    RelayScenario.pause();
                }
            });
            thread.setUncaughtExceptionHandler((dead, e) -> failure = Optional.of(e));
            threads.add(thread);
            thread.start();
        }
    }

    /** Those that were good. */
    int calls() {
        return calls.get();
    }

    @Override
    public void close() {
        ending = true;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        failure.ifPresent(e -> {
            throw new AssertionError("after " + calls + " good calls", e);
        });
    }
}
