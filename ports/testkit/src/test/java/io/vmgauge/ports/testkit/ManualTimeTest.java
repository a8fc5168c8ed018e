package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ManualTimeTest {
    private final ManualTime time = new ManualTime();
    private final Moment start = time.now();

    @Test
    void itStandsStill() {
        assertEquals(start, time.now());
    }

    @Test
    void bothClocksAdvanceEvenWhenTheMonotonicOneWrapsAround() {
        time.advance(Duration.ofMinutes(5));

        assertTrue(time.now().isAfter(start));
        assertEquals(Duration.ofMinutes(5).toNanos(), time.now().nanosSince(start));
        assertEquals(start.wall().plus(Duration.ofMinutes(5)), time.now().wall());
    }

    @Test
    void aStepOfTheWallClockIsNotSeenByTheMonotonicOne() {
        time.stepWall(Duration.ofHours(-1));

        assertEquals(0, time.now().nanosSince(start));
        assertEquals(start.wall().minus(Duration.ofHours(1)), time.now().wall());
    }
}
