package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.metering.Incarnations.Present;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
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
    private static final Optional<Instant> STARTED = Optional.of(Instant.ofEpochSecond(1_790_000_900));

    private final Path proc;
    private final Incarnations incarnations;

    IncarnationsTest(@TempDir Path proc) {
        this.proc = proc;
        this.incarnations = new Incarnations(true, proc, LifeStarts.keptIn(Optional.empty(), proc));
        write("stat", "cpu  1 2 3\nbtime 1790000000\n");
    }

    @Test
    void aLifeIsItsProcess() {
        process(4711, VM, 'S', 90_000);

        assertEquals(new Incarnation((90_000L << 22) + 4711), running(VM, 1, 1).incarnation());
    }

    @Test
    void aLifeBeganWhenItsProcessDidWhateverBecomesOfTheClockAndTheDaemon() {
        process(4711, VM, 'S', 90_000);
        assertEquals(STARTED, running(VM, 1, 1).started());
        write("stat", "cpu  1 2 3\nbtime 1790000001\n");
        incarnations.keepOnly(Set.of(VM));

        assertEquals(STARTED, running(VM, 1, 1).started());
        assertEquals(STARTED, running(VM, 2, 2).started());
        end(4711);
        process(4712, VM, 'S', 95_000);
        assertEquals(
                Optional.of(Instant.ofEpochSecond(1_790_000_951)),
                running(VM, 3, 2).started());
    }

    /** For a moment libvirtd may call it starting, or list nothing. */
    @Test
    void aLifeThatIsNotListedForAWhileBeganWhenItDid() {
        process(4711, VM, 'S', 90_000);
        running(VM, 1, 1);
        incarnations.keepOnly(Set.of());
        write("stat", "cpu  1 2 3\nbtime 1790000001\n");

        assertEquals(STARTED, running(VM, 1, 1).started());
    }

    @Test
    void whereNoProcessIsSeenNobodyTellsWhenALifeBegan() {
        assertEquals(Optional.empty(), running(VM, 3, 1).started());
    }

    @Test
    void aDomainIdThatIsGivenAgainByAnotherDaemonIsAnotherLife() {
        process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        end(4711);
        process(4712, VM, 'S', 95_000);

        Incarnation after = running(VM, 1, 2).incarnation();

        assertEquals(new Incarnation((95_000L << 22) + 4712), after);
        assertTrue(after.number() > before.number(), "the later start has the smaller number");
    }

    @Test
    void aProcessIdThatIsGivenAgainIsAnotherLife() {
        process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        process(4711, VM, 'S', 95_000);

        assertNotEquals(before, running(VM, 1, 2).incarnation());
    }

    @Test
    void aProcessThatNobodyHasWaitedForIsNoLongerAlive() {
        process(4711, VM, 'S', 90_000);
        running(VM, 1, 1);
        process(4711, VM, 'Z', 90_000);
        process(4712, VM, 'S', 95_000);

        assertEquals(new Incarnation((95_000L << 22) + 4712), running(VM, 1, 2).incarnation());
    }

    @Test
    void theSameProcessIsTheSameLifeWhateverTheDaemonCallsIt() {
        process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 7, 1).incarnation();

        assertEquals(before, running(VM, 7, 2).incarnation());
        assertEquals(before, running(VM, 1, 3).incarnation());
    }

    @Test
    void anotherIdOfTheSameDaemonIsAnotherLife() {
        process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 1).incarnation();
        end(4711);
        process(4712, VM, 'S', 95_000);

        assertNotEquals(before, running(VM, 2, 1).incarnation());
    }

    /** It would cost a file for each VM in each round. */
    @Test
    void theProcessIsLookedAtAgainOnlyWhenItsDaemonMayBeAnother() {
        process(4711, VM, 'S', 90_000);
        Incarnation before = running(VM, 1, 5).incarnation();
        end(4711);

        assertEquals(before, running(VM, 1, 5).incarnation());
        assertEquals(before, running(VM, 1, 4).incarnation());
        assertEquals(Optional.of(before), incarnations.known(VM, 1, 5));
        assertEquals(Optional.empty(), incarnations.known(VM, 1, 6));
    }

    @Test
    void whereNoProcessIsSeenTheIdIsTheLife() {
        process(1, OTHER, 'S', 5);
        assertEquals(new Incarnation(3), running(VM, 3, 1).incarnation());
        assertEquals(new Incarnation(3), running(VM, 3, 2).incarnation());
        assertEquals(new Incarnation(4), running(VM, 4, 2).incarnation());
    }

    @Test
    void ofTwoProcessesWithTheSameUuidNoneIsBelieved() {
        process(4711, VM, 'S', 90_000);
        process(4712, VM, 'S', 95_000);

        assertEquals(new Incarnation(3), running(VM, 3, 1).incarnation());
    }

    @Test
    void theProcessesOfAnotherHostAreNotLookedForHere() {
        process(4711, VM, 'S', 90_000);
        Incarnations remote = new Incarnations(false, proc, LifeStarts.keptIn(Optional.empty(), proc));

        assertEquals(
                new Incarnation(3),
                remote.of(VM, VmState.RUNNING, 3, 1, remote.processes()).incarnation());
    }

    @Test
    void whatComesInIsStartingUntilItRunsAndThenHasTheLifeOfItsProcess() {
        process(4711, VM, 'S', 90_000);

        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 1).state());
        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 1).state());
        assertEquals(Optional.empty(), incarnations.known(VM, 3, 1));
        assertEquals(
                new Present(VmState.RUNNING, new Incarnation((90_000L << 22) + 4711), STARTED),
                seen(VM, VmState.RUNNING, 3, 1));
    }

    @Test
    void whatGoesOutIsPausedAtTheEndAndNotStarting() {
        process(4711, VM, 'S', 90_000);
        Present before = running(VM, 3, 1);

        assertEquals(new Present(VmState.PAUSED, before.incarnation(), STARTED), seen(VM, VmState.STARTING, 3, 1));
        assertEquals(before, running(VM, 3, 1));
    }

    /** It had gone out, and the daemon that counts anew takes it in with the id that it had. */
    @Test
    void whatComesBackIsStarting() {
        process(4711, VM, 'S', 90_000);
        running(VM, 3, 1);
        end(4711);
        process(4712, VM, 'S', 95_000);

        assertEquals(VmState.STARTING, seen(VM, VmState.STARTING, 3, 2).state());
    }

    @Test
    void whatIsNotMeasuredAnyMoreIsForgotten() {
        process(4711, VM, 'S', 90_000);
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

    /** Its name has all that could mislead a reader of its line. */
    private void process(long pid, VmId vm, char state, long start) {
        write(
                pid + "/cmdline",
                "/usr/bin/qemu-system-x86_64\0-name\0guest=-uuid,x\0-S\0-uuid\0" + vm + "\0-no-user-config\0");
        write(
                pid + "/stat",
                pid + " (CPU 0) R 1 (x) " + state + " 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 " + start
                        + " 20 21 22 23\n");
    }

    private void end(long pid) {
        try {
            Files.delete(proc.resolve(pid + "/cmdline"));
            Files.delete(proc.resolve(pid + "/stat"));
            Files.delete(proc.resolve(Long.toString(pid)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String file, String content) {
        try {
            Files.createDirectories(proc.resolve(file).getParent());
            Files.writeString(proc.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
