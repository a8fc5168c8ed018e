package io.vmgauge.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.engine.LoggedWarnings;
import io.vmgauge.ports.testkit.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is to blame for a call that hangs: its VM, or the hypervisor's daemon. */
class UnresponsiveVmsTest {
    private static final VmId WEB = new VmId("web");

    private final ManualTime time = new ManualTime();
    private final UnresponsiveVms vms = new UnresponsiveVms();

    @Test
    void aVmIsNamedWhenTheDaemonHasAnsweredTwoRoundsMeanwhile() {
        vms.overdue(WEB, time.now());
        assertTrue(vms.isInDoubt());
        round(Duration.ofMillis(5));
        assertEquals(List.of(), vms.named());
        assertTrue(vms.isInDoubt());
        assertEquals(1, LoggedWarnings.of(UnresponsiveVms.class, () -> round(Duration.ofMillis(5))));
        assertEquals(List.of(WEB), vms.named());
        assertFalse(vms.isInDoubt());
        assertEquals(0, LoggedWarnings.of(UnresponsiveVms.class, () -> round(Duration.ofMillis(5))));
    }

    /** Its answer, begun while all was well, says nothing of the time since. */
    @Test
    void aRoundThatBeganBeforeIsNoProof() {
        Moment before = time.now();
        time.advance(Duration.ofSeconds(1));
        vms.overdue(WEB, time.now());
        for (int i = 0; i < 3; i++) {
            time.advance(Duration.ofMillis(100));
            vms.daemonAnswered(before, time.now(), VmId::value);
        }
        assertEquals(List.of(), vms.named());
    }

    /**
     * A daemon is frozen, calls for a VM and for a round hang, and both return when it thaws: the round's answer, which may
     * be noticed first, must not name the VM.
     */
    @Test
    void aDaemonThatThawsBlamesNobody() {
        vms.overdue(WEB, time.now());
        round(Duration.ofSeconds(4));
        vms.answered(WEB, VmId::value);
        vms.returned(WEB);
        round(Duration.ofMillis(5));
        round(Duration.ofMillis(5));
        assertEquals(List.of(), vms.named());
        assertFalse(vms.isInDoubt());
    }

    /** The call's own thread may wake after both, though its answer has come. */
    @Test
    void twoRoundsInTheSameMomentAreNoProof() {
        vms.overdue(WEB, time.now());
        round(Duration.ofMillis(5));
        Moment ended = time.now();
        vms.daemonAnswered(ended, ended, VmId::value);
        assertEquals(List.of(), vms.named());
        time.advance(Duration.ofMillis(250));
        vms.daemonAnswered(time.now(), time.now(), VmId::value);
        assertEquals(List.of(WEB), vms.named());
    }

    /** Its call ends with the connection, which is no answer. */
    @Test
    void aVmThatWasNamedStaysSoThroughAnOutageUntilItAnswers() {
        name();
        vms.returned(WEB);
        assertEquals(List.of(WEB), vms.named());
        assertEquals(0, LoggedWarnings.of(UnresponsiveVms.class, () -> {
            vms.overdue(WEB, time.now());
            round(Duration.ofMillis(5));
            round(Duration.ofMillis(5));
        }));
        assertEquals(List.of(WEB), vms.named());
        vms.answered(WEB, VmId::value);
        assertEquals(List.of(), vms.named());
    }

    @Test
    void aVmThatIsGoneIsForgotten() {
        name();
        vms.keepOnly(Set.of());
        assertEquals(List.of(), vms.named());
    }

    /** Its call may hang for ever. It is not named again with each round, and asks for none. */
    @Test
    void aVmThatIsGoneIsForgottenThoughItsCallNeverReturns() {
        name();
        vms.keepOnly(Set.of());
        assertFalse(vms.isInDoubt());
        assertEquals(0, LoggedWarnings.of(UnresponsiveVms.class, () -> round(Duration.ofMillis(5))));
        assertEquals(List.of(), vms.named());
    }

    private void name() {
        vms.overdue(WEB, time.now());
        round(Duration.ofMillis(5));
        round(Duration.ofMillis(5));
        assertEquals(List.of(WEB), vms.named());
    }

    private void round(Duration length) {
        time.advance(Duration.ofMillis(500));
        Moment begun = time.now();
        time.advance(length);
        vms.daemonAnswered(begun, time.now(), VmId::value);
    }
}
