package io.vmgauge.ports.log;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

class OnceLogTest {
    private final OnceLog<String> log = new OnceLog<>();

    @Test
    void aStateIsSaidWhenItBeginsAndWhenItEnds() {
        assertTrue(log.begins("vm1", "no answer"));
        assertFalse(log.begins("vm1", "no answer"));
        assertTrue(log.ends("vm1"));
        assertFalse(log.ends("vm1"));
        assertTrue(log.begins("vm1", "no answer"));
    }

    @Test
    void anotherStateOfTheSameSubjectIsSaid() {
        assertTrue(log.begins("vm1", "no answer"));
        assertTrue(log.begins("vm1", "no memory"));
        assertTrue(log.begins("vm1", "no answer"));
    }

    @Test
    void subjectsDoNotShareTheirStates() {
        assertTrue(log.begins("vm1", "no answer"));
        assertTrue(log.begins("vm2", "no answer"));
        assertTrue(log.ends("vm1"));
        assertFalse(log.begins("vm2", "no answer"));
    }

    @Test
    void theEndOfASubjectThatIsGoneIsNotSaid() {
        log.begins("vm1", "no answer");
        log.begins("vm2", "no answer");
        log.keepOnly(Set.of("vm2"));

        assertFalse(log.ends("vm1"));
        assertTrue(log.ends("vm2"));
    }
}
