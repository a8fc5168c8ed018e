package io.vmgauge.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TimedStepsTest {
    private final StringWriter said = new StringWriter();
    private final TimedSteps steps = new TimedSteps(new PrintWriter(said));

    @Test
    void whatIsQuickIsSilent() {
        assertEquals(Optional.of(7), steps.take("counting", Duration.ofMinutes(1), () -> 7));
        assertEquals("", said.toString());
    }

    @Test
    void whatHangsIsSaidAndLeftAlone() {
        CountDownLatch end = new CountDownLatch(1);
        assertEquals(Optional.empty(), steps.take("asking the daemon", Duration.ofSeconds(2), () -> hang(end)));
        assertEquals("vmgauge: asking the daemon, for 2 s at most\n", said.toString());
        end.countDown();
    }

    @Test
    void whatFailsFailsAsItIs() {
        IllegalStateException planted = new IllegalStateException("planted");
        assertEquals(
                planted,
                assertThrows(
                        IllegalStateException.class,
                        () -> steps.take("failing", Duration.ofMinutes(1), () -> {
                            throw planted;
                        })));
    }

    private static int hang(CountDownLatch end) {
        try {
            end.await();
            return 1;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
