package io.vmgauge.adapters.grpc.overlay;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Keeps what is bound, and what was told of it, from one life of vmgauge to the next: it is written a moment after
 * something was told, and at the end. Should the process be killed, the next one begins a moment earlier, with a value and
 * its time that were told then.
 */
public final class CounterStateWriter implements AutoCloseable {
    private static final long MOMENT_SECONDS = 1;
    private static final long PATIENCE_MILLIS = 500;
    /** Netty's own, whose one thread is there while it has work. */
    private static final EventExecutor DISK = GlobalEventExecutor.INSTANCE;

    private final CounterStateFile file;
    private final EventLoopGroup loop;
    private Supplier<CounterState.Kept> kept = () -> CounterState.Kept.NOTHING;
    /** Belongs to the event loop; absent while all is written. */
    private Optional<Future<?>> due = Optional.empty();

    /** @param loop the one on which all that is kept is used */
    public CounterStateWriter(CounterStateFile file, EventLoopGroup loop) {
        this.file = file;
        this.loop = loop;
    }

    /** What the life before left. */
    public CounterState.Kept read() {
        return file.read();
    }

    /**
     * Says what is to be written.
     *
     * @param all is asked for on the event loop
     */
    public void keeps(Supplier<CounterState.Kept> all) {
        kept = all;
    }

    /** Something else is to be written, soon. */
    public void changed() {
        if (due.isEmpty()) {
            due = Optional.of(loop.schedule(this::write, MOMENT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private void write() {
        if (due.isPresent()) {
            due = Optional.empty();
            CounterState.Kept now = kept.get();
            // Not on the loop: a disk may keep its writer waiting, but no caller.
            DISK.execute(() -> file.write(now));
        }
    }

    /** While the loop still runs. One that has told nothing writes nothing: another may serve there. */
    @Override
    public void close() {
        if (!loop.isShuttingDown()) {
            loop.submit(this::write).awaitUninterruptibly(PATIENCE_MILLIS);
            DISK.submit(() -> {}).awaitUninterruptibly(PATIENCE_MILLIS);
        }
    }
}
