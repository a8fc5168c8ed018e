package io.vmgauge.ports.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads that do the same thing at once. */
final class Crowd {
    private Crowd() {}

    /** Returns when all threads have done it. Throws what any of them threw. */
    static void of(int threads, Runnable body) throws Exception {
        ExecutorService crowd = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(crowd.submit(body));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            crowd.shutdownNow();
        }
    }
}
