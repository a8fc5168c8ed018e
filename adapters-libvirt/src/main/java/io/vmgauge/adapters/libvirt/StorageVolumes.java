package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Which files the volumes of libvirt's storage pools are. libvirtd answers no question about a pool while it looks through
 * it, which takes minutes for a large one and for ever on a server that has gone. So a thread and a connection of their own
 * ask, others wait for them a moment only, and what was said once is remembered.
 */
final class StorageVolumes implements AutoCloseable {
    /** How long whoever needs an answer waits for the first one. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** A volume that could not be resolved is asked for again after this. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final Answer NOT_YET = new Answer(Optional.empty(), "libvirt has not answered yet");

    private final Resolver resolver;
    private final TimeSource time;
    private final Duration refresh;
    private final ThreadPoolExecutor worker;
    private final Map<ImageSource.Volume, Known> all = new ConcurrentHashMap<>();
    /** Nobody waits for a thread that has kept somebody waiting too long already. */
    private volatile boolean stuck;

    /** Asks libvirt; may take for ever. */
    interface Resolver {
        Answer resolve(ImageSource.Volume volume);
    }

    /**
     * What libvirt says.
     *
     * @param path of the file or device; of a volume on a server whatever libvirt calls it; absent if that is unknown
     * @param why it is, in one line
     */
    record Answer(Optional<String> path, String why) {}

    /** @param last the last answer; absent before the first */
    private record Known(@Nullable Answer last, Moment asked, CompletableFuture<Answer> next) {
        Answer best() {
            Answer now = next.isCompletedExceptionally() ? null : next.getNow(null);
            return now != null && (now.path.isPresent() || last == null || last.path.isEmpty())
                    ? now
                    : (last == null ? NOT_YET : last);
        }
    }

    /** @param refresh how long an answer may be remembered before it is asked for again */
    StorageVolumes(Resolver resolver, TimeSource time, Duration refresh, ThreadFactory threads) {
        this.resolver = resolver;
        this.time = time;
        this.refresh = refresh;
        this.worker = new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);
        worker.allowCoreThreadTimeOut(true);
    }

    /** From memory where it can be; waits a second at most. An answer that cannot be had any more is the last one. */
    Answer of(ImageSource.Volume volume) {
        Known known = all.compute(volume, (v, before) -> before == null || isDue(before) ? ask(v, before) : before);
        if (known.best().path.isEmpty() && !stuck) {
            await(known.next);
        }
        return known.best();
    }

    /** Forgets all other volumes. */
    void keepOnly(Set<ImageSource.Volume> named) {
        all.keySet().retainAll(named);
    }

    private boolean isDue(Known known) {
        Duration pause = known.best().path.isPresent() ? refresh : RETRY;
        return known.next.isDone() && time.now().nanosSince(known.asked) >= pause.toNanos();
    }

    private Known ask(ImageSource.Volume volume, @Nullable Known before) {
        CompletableFuture<Answer> next = new CompletableFuture<>();
        try {
            worker.execute(() -> {
                next.complete(answer(volume));
                stuck = false;
            });
        } catch (RejectedExecutionException closed) {
            next.complete(new Answer(Optional.empty(), "the agent ends"));
        }
        return new Known(before == null ? null : before.best(), time.now(), next);
    }

    private Answer answer(ImageSource.Volume volume) {
        try {
            return resolver.resolve(volume);
        } catch (RuntimeException e) {
            return new Answer(Optional.empty(), Printable.line(String.valueOf(e.getMessage())));
        }
    }

    private void await(CompletableFuture<Answer> next) {
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
    public void close() {
        worker.shutdownNow();
    }
}
