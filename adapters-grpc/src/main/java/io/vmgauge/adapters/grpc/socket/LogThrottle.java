package io.vmgauge.adapters.grpc.socket;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;

/** Lets a message through once a minute at most, however often its reason occurs. Used on the event loop only. */
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
