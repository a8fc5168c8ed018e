package io.vmgauge.adapters.libvirt.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.identity.VmState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DomainStateTest {
    @ParameterizedTest
    @CsvSource({
        "0,RUNNING",
        "1,RUNNING",
        "2,RUNNING",
        "3,PAUSED",
        "4,RUNNING",
        "5,STOPPED",
        "6,STOPPED",
        "7,PAUSED",
        "99,RUNNING"
    })
    void everyStateOfLibvirtMeansSomething(int state, VmState meaning) {
        assertEquals(meaning, DomainState.of(state, 0, 1));
        assertEquals(VmState.STOPPED, DomainState.of(state, 0, -1));
    }

    /** The reasons are those of virDomainPausedReason; of other states the same numbers mean something else. */
    @ParameterizedTest
    @CsvSource({
        "3, 1,  PAUSED", "3, 2,  STARTING", "3, 3,  PAUSED", "3, 5,  PAUSED", "3, 9,  PAUSED", "3, 10, PAUSED",
        "3, 11, STARTING", "3, 12, PAUSED", "3, 13, PAUSED", "3, 99, PAUSED", "1, 2,  RUNNING", "1, 11, RUNNING",
        "5, 2,  STOPPED", "7, 2,  PAUSED"
    })
    void aDomainThatIsPausedBecauseItDoesNotRunYetIsStarting(int state, int reason, VmState meaning) {
        assertEquals(meaning, DomainState.of(state, reason, 1));
        assertEquals(VmState.STOPPED, DomainState.of(state, reason, -1));
    }
}
