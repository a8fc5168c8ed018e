package io.vmgauge.adapters.grpc.socket;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
    @Test
    void itIsDueOnceAMinuteHoweverOftenItIsAsked() {
        EmbeddedChannel loop = new EmbeddedChannel();
        loop.freezeTime();
        LogThrottle seldom = new LogThrottle();
        for (int minute = 0; minute < 3; minute++) {
            assertTrue(seldom.isDue(loop.eventLoop()));
            for (int second = 0; second < 59; second++) {
                assertFalse(seldom.isDue(loop.eventLoop()));
                loop.advanceTimeBy(1, TimeUnit.SECONDS);
                loop.runScheduledPendingTasks();
                assertFalse(seldom.isDue(loop.eventLoop()));
            }
            loop.advanceTimeBy(1, TimeUnit.SECONDS);
            loop.runScheduledPendingTasks();
        }
        loop.close().syncUninterruptibly();
    }
}
