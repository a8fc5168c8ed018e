package io.vmgauge.adapters.grpc.socket;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;

/** Says once a minute that something may be said, whoever makes it happen how often. Used on the event loop only. */
final class LogThrottle {
    static final int MINUTES = 1;

    private boolean isQuiet;

    boolean isDue(EventExecutor loop) {
        if (isQuiet) {
            return false;
        }
        isQuiet = true;
        var unused = loop.schedule(() -> isQuiet = false, MINUTES, TimeUnit.MINUTES);
        return true;
    }
}
