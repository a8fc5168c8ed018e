package io.vmgauge.adapters.libvirt.disk;

import io.vmgauge.adapters.libvirt.connection.VolumePath;
import io.vmgauge.adapters.libvirt.definition.VolumeSource;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Which files the volumes of libvirt's storage pools are. libvirtd answers no question about a pool while it looks
 * through it. That takes minutes for a large pool, and for ever on a server that has gone. So a thread of its own asks,
 * on a connection of its own. Others wait for it for a second at most, and answers are remembered.
 *
 * <p>Long because the queue, the answers and those who wait share the state of one thread.
 */
public final class StorageVolumes implements AutoCloseable {
    /** How long a caller waits for the first answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** A volume that could not be resolved is asked for again after this. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final VolumePath NOT_YET = VolumePath.unknown("libvirt has not answered yet");

    private final Resolver resolver;
    private final TimeSource time;
    private final Duration refresh;
    private final ThreadFactory threads;
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private boolean working;
    private boolean closed;
    private final Map<VolumeSource, Known> all = new ConcurrentHashMap<>();
    /** Nobody waits for the thread once it has been too slow for one caller. */
    private volatile boolean stuck;

    /** Asks libvirt. This may take for ever. */
    public interface Resolver {
        VolumePath resolve(VolumeSource volume);
    }

    /** @param last the last answer; absent before the first */
    private record Known(@Nullable VolumePath last, Moment asked, CompletableFuture<VolumePath> next) {
        VolumePath best() {
            VolumePath now = next.isCompletedExceptionally() ? null : next.getNow(null);
            return now != null
                            && (now.path().isPresent()
                                    || last == null
                                    || last.path().isEmpty())
                    ? now
                    : (last == null ? NOT_YET : last);
        }
    }

    /**
     * Asks nobody yet.
     *
     * @param refresh how long an answer may be remembered before it is asked for again
     */
    public StorageVolumes(Resolver resolver, TimeSource time, Duration refresh, ThreadFactory threads) {
        this.resolver = resolver;
        this.time = time;
        this.refresh = refresh;
        this.threads = threads;
    }

    /**
     * The answer, from memory where possible. Waits a second at most. If libvirt cannot be asked any more, the last
     * answer stays.
     */
    VolumePath of(VolumeSource volume) {
        Known known = all.compute(volume, (v, before) -> before == null || isDue(before) ? ask(v, before) : before);
        if (known.best().path().isEmpty() && !stuck) {
            await(known.next);
        }
        return known.best();
    }

    /** Forgets all other volumes. */
    void keepOnly(Set<VolumeSource> named) {
        all.keySet().retainAll(named);
    }

    private boolean isDue(Known known) {
        Duration pause = known.best().path().isPresent() ? refresh : RETRY;
        return known.next.isDone() && time.now().nanosSince(known.asked) >= pause.toNanos();
    }

    private Known ask(VolumeSource volume, @Nullable Known before) {
        CompletableFuture<VolumePath> next = new CompletableFuture<>();
        boolean accepted = submit(() -> {
            next.complete(answer(volume));
            stuck = false;
        });
        if (!accepted) {
            next.complete(VolumePath.unknown("the agent ends"));
        }
        return new Known(before == null ? null : before.best(), time.now(), next);
    }

    /** Hands it to the one thread, which lives as long as there is work. False after {@link #close}. */
    private synchronized boolean submit(Runnable work) {
        if (closed) {
            return false;
        }
        queue.add(work);
        if (!working) {
            threads.newThread(this::work).start();
            working = true;
        }
        return true;
    }

    private void work() {
        for (Runnable next = poll(); next != null; next = poll()) {
            next.run();
        }
    }

    private synchronized @Nullable Runnable poll() {
        Runnable next = queue.poll();
        working = next != null;
        return next;
    }

    private VolumePath answer(VolumeSource volume) {
        try {
            return resolver.resolve(volume);
        } catch (RuntimeException | Error e) {
            return VolumePath.unknown(SafeText.line(String.valueOf(e.getMessage())));
        }
    }

    private void await(CompletableFuture<VolumePath> next) {
        try {
            next.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            stuck = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("it is never completed so", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        queue.clear();
    }
}
