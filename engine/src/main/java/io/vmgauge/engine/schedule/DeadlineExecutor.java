package io.vmgauge.engine.schedule;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.log.OnceLog;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A few workers for calls that may hang and cannot be interrupted, at most one call for each key at a time.
 *
 * <p>A call that outlasts the deadline is abandoned. Its key is stuck: it is left alone until the call returns by itself.
 * Another worker takes the place of its worker, so that nothing else waits. Each abandoned call holds a thread here and a
 * worker of the hypervisor's daemon there, so their number is capped. Beyond the cap the executor goes on with the workers
 * that are left, and with none if need be, until a call returns.
 *
 * <p>At most one job waits for each key. A job that is handed in again before it has begun replaces the one that waits. It
 * waits as long as the last call for its key is under way.
 *
 * <p>Long because all that the one lock guards is in one class.
 */
public final class DeadlineExecutor<K> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadlineExecutor.class);

    private final String name;
    private final int workers;
    private final Duration deadline;
    private final int maxAbandoned;
    private final TimeSource time;
    private final ThreadFactory threads;
    private final OverdueListener<K> listener;

    // All below: guarded by this; nothing that can block is done while holding it.
    private final Map<K, Runnable> waiting = new LinkedHashMap<>();
    private final Map<K, Call<K>> running = new LinkedHashMap<>();
    private int activeWorkers;
    private int abandoned;
    private final OnceLog<String> shortages = new OnceLog<>();
    private boolean closed;

    /**
     * Hears of calls that outlast the deadline. It must not block, nor call the executor.
     *
     * @param onOverdue a call for this key is overdue
     * @param onReturn the call for this key has returned after all
     */
    public record OverdueListener<K>(Consumer<K> onOverdue, Consumer<K> onReturn) {
        /** Nobody. */
        public static <K> OverdueListener<K> ignored() {
            return new OverdueListener<>(key -> {}, key -> {});
        }
    }

    /** One call under way. Its thread leaves after the call if it was replaced meanwhile. */
    private static final class Call<K> {
        private final K key;
        private final Runnable job;
        private final Moment begun;
        private boolean overdue;
        private boolean replaced;

        Call(K key, Runnable job, Moment begun) {
            this.key = key;
            this.job = job;
            this.begun = begun;
        }
    }

    /**
     * No thread is started before the first job.
     *
     * @param name for log lines of defects
     * @param workers how many calls at once, those abandoned not counted
     * @param maxAbandoned how many abandoned calls get a replacement
     */
    public DeadlineExecutor(
            String name,
            int workers,
            Duration deadline,
            int maxAbandoned,
            TimeSource time,
            ThreadFactory threads,
            OverdueListener<K> listener) {
        this.name = name;
        this.workers = workers;
        this.deadline = deadline;
        this.maxAbandoned = maxAbandoned;
        this.time = time;
        this.threads = threads;
        this.listener = listener;
    }

    /** Hands in a job; returns at once. */
    public synchronized void submit(K key, Runnable job) {
        if (!closed) {
            waiting.put(key, job);
            notify();
            startWorker();
        }
    }

    /** Abandons the calls that are overdue. To be called now and then, by anyone. */
    public synchronized void expire() {
        Moment now = time.now();
        for (Call<K> call : running.values()) {
            if (!call.overdue && now.nanosSince(call.begun) > deadline.toNanos()) {
                call.overdue = true;
                listener.onOverdue.accept(call.key);
            }
            if (call.overdue && !call.replaced && abandoned < maxAbandoned) {
                call.replaced = true;
                abandoned++;
                activeWorkers--;
            }
        }
        // For jobs that no thread could be had for before, too.
        startWorker();
    }

    /** The keys whose calls are overdue, longest first. */
    public synchronized List<K> stuck() {
        return running.values().stream()
                .filter(call -> call.overdue)
                .map(call -> call.key)
                .toList();
    }

    /** How many calls are under way, overdue or not. */
    synchronized int underWay() {
        return running.size();
    }

    /** Lets no more calls begin. Those under way end when they end. */
    @Override
    public synchronized void close() {
        closed = true;
        waiting.clear();
        notifyAll();
    }

    /** Waits until no call is under way, but not for long. To be called after {@link #close}. */
    synchronized void awaitCalls(Duration patience) throws InterruptedException {
        for (long left = patience.toMillis(); !running.isEmpty() && left > 0; left--) {
            wait(1);
        }
    }

    /** If no thread can be had, as at a limit of processes, jobs wait. The next {@link #submit} or {@link #expire} tries again. */
    private void startWorker() {
        if (waiting.isEmpty() || activeWorkers >= workers) {
            return;
        }
        try {
            threads.newThread(this::work).start();
            activeWorkers++;
            shortages.ends(name);
        } catch (RuntimeException | Error e) {
            if (shortages.begins(name, "no thread")) {
                LOG.error("{}: no thread can be had, so calls wait until one can: {}", name, e.toString());
            }
        }
    }

    private void work() {
        boolean stays = true;
        try {
            Call<K> call = begin();
            while (call != null) {
                try {
                    run(call);
                } finally {
                    stays = !end(call);
                }
                call = stays ? begin() : null;
            }
        } catch (RuntimeException | Error e) {
            // The heap is too full even for a line of the log. The next submit or expire starts another worker.
            if (stays) {
                workerLost();
            }
            throw e;
        }
    }

    private void run(Call<K> call) {
        try {
            call.job.run();
        } catch (RuntimeException | Error e) {
            // A defect in one job must not cost a worker.
            LOG.error("{}: {} failed", name, call.key, e);
        }
    }

    private synchronized void workerLost() {
        activeWorkers--;
    }

    /** The next call, as soon as there is one; null when the executor is closed. */
    private synchronized @Nullable Call<K> begin() {
        while (!closed) {
            Iterator<Map.Entry<K, Runnable>> jobs = waiting.entrySet().iterator();
            while (jobs.hasNext()) {
                Map.Entry<K, Runnable> job = jobs.next();
                if (!running.containsKey(job.getKey())) {
                    jobs.remove();
                    Call<K> call = new Call<>(job.getKey(), job.getValue(), time.now());
                    running.put(call.key, call);
                    return call;
                }
            }
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the workers of an executor", e);
            }
        }
        return null;
    }

    /** Returns whether the worker has to leave, because another has taken its place. */
    private synchronized boolean end(Call<K> call) {
        running.remove(call.key);
        if (call.replaced) {
            abandoned--;
            // The job that waited for this key may have nobody else to notice it.
            notify();
        }
        if (call.overdue) {
            listener.onReturn.accept(call.key);
        }
        return call.replaced;
    }
}
