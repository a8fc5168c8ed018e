package io.vmgauge.adapters.grpc;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Keeps what is bound, and what was told of it, from one life of vmgauge to the next: it is written a moment after
 * something was told, and at the end. Should the process be killed, the next one begins a moment earlier, with a value and
 * its time that were told then.
 */
final class LedgerKeeper implements AutoCloseable {
    private static final long MOMENT_SECONDS = 1;
    private static final long PATIENCE_MILLIS = 500;
    /** Netty's own, whose one thread is there while it has work. */
    private static final EventExecutor DISK = GlobalEventExecutor.INSTANCE;

    private final LedgerFile file;
    private final EventLoopGroup loop;
    private final Bindings bindings;
    /** Belongs to the event loop; absent while all is written. */
    private Optional<Future<?>> due = Optional.empty();

    /** @param loop the one on which the bindings are used */
    LedgerKeeper(UsageQueries queries, LedgerFile file, EventLoopGroup loop) {
        this.file = file;
        this.loop = loop;
        this.bindings = new Bindings(queries, this::changed);
        bindings.restore(file.read());
    }

    Bindings bindings() {
        return bindings;
    }

    private void changed() {
        if (due.isEmpty()) {
            due = Optional.of(loop.schedule(this::write, MOMENT_SECONDS, TimeUnit.SECONDS));
        }
    }

    private void write() {
        if (due.isPresent()) {
            due = Optional.empty();
            Ledger.Kept kept = bindings.kept();
            // Not on the loop: a disk may keep its writer waiting, but no caller.
            DISK.execute(() -> file.write(kept));
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
