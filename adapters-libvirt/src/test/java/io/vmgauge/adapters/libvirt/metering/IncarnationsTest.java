package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.metering.Incarnations.Present;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lives of domains, on a host whose /proc a test writes. */
class IncarnationsTest {
    private static final VmId VM = new VmId("537e0aa0-954f-45b6-8740-4f5d4a40b4ae");
    private static final VmId OTHER = new VmId("537e0aa0-954f-45b6-8740-4f5d4a40b4af");
    /** Of a process that began 90,000 ticks after the boot. */
    private static final Optional<Instant> STARTED = Optional.of(Instant.ofEpochSecond(HostProc.BOOTED + 900));

    private final HostProc proc;
    private final Incarnations incarnations;

    IncarnationsTest(@TempDir Path dir) {
        this.proc = HostProc.in(dir);
        this.incarnations = incarnations(true);
    }

    private Incarnations incarnations(boolean isLocal) {
        return new Incarnations(isLocal, proc.path(), LifeStarts.keptIn(Optional.empty(), proc.path()));
    }

    @Test
    void aLifeIsItsProcess() {
        proc.process(4711, VM, 'S', 90_000);

        assertEquals(new Incarnation((90_000L << 22) + 4711), running(VM, 1, 1).incarnation());
    }

    @Test
    void aLifeBeganWhenItsProcessDidWhateverBecomesOfTheClockAndTheDaemon() {
        proc.process(4711, VM, 'S', 90_000);
        assertEquals(STARTED, running(VM, 1, 1).started());
        proc.booted(HostProc.BOOTED + 1);
        incarnations.keepOnly(Set.of(VM));

        assertEquals(STARTED, running(VM, 1, 1).started());
        assertEquals(STARTED, running(VM, 2, 2).started());
        proc.end(4711);
        proc.process(4712, VM, 'S', 95_000);
        assertEquals(
                Optional.of(Instant.ofEpochSecond(HostProc.BOOTED + 951)),
                running(VM, 3, 2).started());
    }

    /** For a moment libvirtd may call it starting, or list nothing. */
    @Test
    void aLifeThatIsNotListedForAWhileBeganWhenItDid() {
        proc.process(4711, VM, 'S', 90_000);
        running(VM, 1, 1);
        incarnations.keepOnly(Set.of());
        proc.booted(HostProc.BOOTED + 1);

        assertEquals(STARTED, running(VM, 1, 1).started());
    }

    @Test
    void whereNoProcessIsSeenNobodyTellsWhenALifeBegan() {
        assertEquals(Optional.empty(), running(VM, 3, 1).started());
    }

    @Test
    void aDomainIdThatIsGivenAgainByAnotherDaemonIsAnotherLife() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        proc.end(4711);
        proc.process(4712, VM, 'S', 95_000);

        Incarnation after = running(VM, 1, 2).incarnation();

        assertEquals(new Incarnation((95_000L << 22) + 4712), after);
        assertTrue(after.number() > before.number(), "the later start has the smaller number");
    }

    @Test
    void aProcessIdThatIsGivenAgainIsAnotherLife() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        proc.process(4711, VM, 'S', 95_000);

        assertNotEquals(before, running(VM, 1, 2).incarnation());
    }

    @Test
    void aProcessThatNobodyHasWaitedForIsNoLongerAlive() {
        proc.process(4711, VM, 'S', 90_000);
        running(VM, 1, 1);
        proc.process(4711, VM, 'Z', 90_000);
        proc.process(4712, VM, 'S', 95_000);

        assertEquals(new Incarnation((95_000L << 22) + 4712), running(VM, 1, 2).incarnation());
    }

    @Test
    void theSameProcessIsTheSameLifeWhateverTheDaemonCallsIt() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 7, 1).incarnation();

        assertEquals(before, running(VM, 7, 2).incarnation());
        assertEquals(before, running(VM, 1, 3).incarnation());
    }

    @Test
    void anotherIdOfTheSameDaemonIsAnotherLife() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        proc.end(4711);
        proc.process(4712, VM, 'S', 95_000);

        assertNotEquals(before, running(VM, 2, 1).incarnation());
    }

    /** It would cost a file for each VM in each round. */
    @Test
    void theProcessIsLookedAtAgainOnlyWhenItsDaemonMayBeAnother() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 5).incarnation();
        proc.end(4711);

        assertEquals(before, running(VM, 1, 5).incarnation());
        assertEquals(before, running(VM, 1, 4).incarnation());
        assertEquals(Optional.of(before), incarnations.known(VM, 1, 5));
        assertEquals(Optional.empty(), incarnations.known(VM, 1, 6));
    }

    @Test
    void whereNoProcessIsSeenTheIdIsTheLife() {
        proc.process(1, OTHER, 'S', 5);
        assertEquals(new Incarnation(3), running(VM, 3, 1).incarnation());
        assertEquals(new Incarnation(3), running(VM, 3, 2).incarnation());
        assertEquals(new Incarnation(4), running(VM, 4, 2).incarnation());
    }

    @Test
    void ofTwoProcessesWithTheSameUuidNoneIsBelieved() {
        proc.process(4711, VM, 'S', 90_000);
        proc.process(4712, VM, 'S', 95_000);

        assertEquals(new Incarnation(3), running(VM, 3, 1).incarnation());
    }

    @Test
    void theProcessesOfAnotherHostAreNotLookedForHere() {
        proc.process(4711, VM, 'S', 90_000);
        Incarnations remote = incarnations(false);

        assertEquals(
                new Incarnation(3),
                remote.of(VM, VmState.RUNNING, 3, 1, remote.processes()).incarnation());
    }

    @Test
    void whatComesInIsStartingUntilItRunsAndThenHasTheLifeOfItsProcess() {
        proc.process(4711, VM, 'S', 90_000);

        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 1).state());
        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 1).state());
        assertEquals(Optional.empty(), incarnations.known(VM, 3, 1));
        assertEquals(
                new Present(VmState.RUNNING, new Incarnation((90_000L << 22) + 4711), STARTED),
                seen(VM, VmState.RUNNING, 3, 1));
    }

    @Test
    void whatGoesOutIsPausedAtTheEndAndNotStarting() {
        proc.process(4711, VM, 'S', 90_000);
        Present before = running(VM, 3, 1);

        assertEquals(new Present(VmState.PAUSED, before.incarnation(), STARTED), seen(VM, VmState.STARTING, 3, 1));
        assertEquals(before, running(VM, 3, 1));
    }

    /** It had gone out, and the daemon that counts anew takes it in with the id that it had. */
    @Test
    void whatComesBackIsStarting() {
        proc.process(4711, VM, 'S', 90_000);
        running(VM, 3, 1);
        proc.end(4711);
        proc.process(4712, VM, 'S', 95_000);

        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 2).state());
    }

    @Test
    void whatIsNotMeasuredAnyMoreIsForgotten() {
        proc.process(4711, VM, 'S', 90_000);
        running(VM, 3, 1);

        incarnations.keepOnly(Set.of(OTHER));

        assertEquals(Optional.empty(), incarnations.known(VM, 3, 1));
        assertEquals(
                new Present(VmState.STOPPED, new Incarnation(-1), Optional.empty()), seen(VM, VmState.STOPPED, -1, 1));
    }

    private Present running(VmId vm, int id, long connection) {
        return seen(vm, VmState.RUNNING, id, connection);
    }

    private Present seen(VmId vm, VmState told, int id, long connection) {
        return incarnations.of(vm, told, id, connection, incarnations.processes());
    }
}
