package io.vmgauge.adapters.grpc.counter;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Keeps the counter state from one life of vmgauge to the next. It is written a second after something was told, and at
 * the end. If the process is killed, the next one goes on from what was told up to a second earlier.
 */
public final class CounterStateWriter implements AutoCloseable {
    private static final long MOMENT_SECONDS = 1;
    private static final long PATIENCE_MILLIS = 500;
    /** Netty's own executor, whose one thread exists only while there is work. */
    private static final EventExecutor DISK = GlobalEventExecutor.INSTANCE;

    private final CounterStateFile file;
    private final EventLoopGroup loop;
    private Supplier<CounterState.Kept> kept = () -> CounterState.Kept.NOTHING;
    /** Belongs to the event loop; absent while all is written. */
    private Optional<Future<?>> due = Optional.empty();

    /**
     * Writes nothing yet.
     *
     * @param loop the event loop that uses the state
     */
    public CounterStateWriter(CounterStateFile file, EventLoopGroup loop) {
        this.file = file;
        this.loop = loop;
    }

    /** The state that the life before left. */
    public CounterState.Kept read() {
        return file.read();
    }

    /**
     * Sets where the state comes from.
     *
     * @param all called on the event loop
     */
    public void keeps(Supplier<CounterState.Kept> all) {
        kept = all;
    }

    /** The state has changed and must be written soon. */
    public void changed() {
        if (due.isEmpty()) {
            due = Optional.of(loop.schedule(this::write, MOMENT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private void write() {
        if (due.isPresent()) {
            due = Optional.empty();
            CounterState.Kept now = kept.get();
            // Not on the event loop: a slow disk must not make callers wait.
            DISK.execute(() -> file.write(now));
        }
    }

    /**
     * Writes what is left, if the loop still runs. Without a change nothing is written: another server may use the
     * file.
     */
    @Override
    public void close() {
        if (!loop.isShuttingDown()) {
            loop.submit(this::write).awaitUninterruptibly(PATIENCE_MILLIS);
            DISK.submit(() -> {}).awaitUninterruptibly(PATIENCE_MILLIS);
        }
    }
}
