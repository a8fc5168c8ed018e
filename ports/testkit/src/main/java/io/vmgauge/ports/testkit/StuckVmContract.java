package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.VmMeter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/**
 * What the ports promise when one VM is stuck or cannot be asked: the others do not notice.
 *
 * <p>Long because its tests share a call on a thread of its own.
 */
public interface StuckVmContract {
    /** How long a call gets to prove that it waits, or that it does not. */
    Duration PATIENCE = Duration.ofSeconds(5);

    /** That of the host, and what the VM's monitor has to answer. */
    Set<Metric> MEMORY = Set.of(Metric.MEMORY, Metric.GUEST_MEMORY);

    /** A new lab, to be closed by the caller. */
    StuckVmLab lab();

    @Test
    default void aStuckVmIsListedAndDelaysNoList() {
        try (StuckVmLab lab = lab()) {
            VmId stuck = lab.add("stuck");
            try (Asking asking = Asking.stuck(lab, stuck)) {
                assertTimeoutPreemptively(
                        PATIENCE,
                        () -> assertTrue(lab.hypervisor().catalog().list().stream()
                                .anyMatch(v -> v.id().equals(stuck) && v.state() == VmState.RUNNING)));
                asking.assertWaiting();
            }
        }
    }

    @Test
    default void aStuckVmIsPartOfARoundAndDelaysNone() {
        try (StuckVmLab lab = lab()) {
            VmId other = lab.add("other");
            VmId stuck = lab.add("stuck");
            VmMeter meter = lab.hypervisor().meter();
            try (Asking asking = Asking.stuck(lab, stuck)) {
                List<Measurement> round =
                        assertTimeoutPreemptively(PATIENCE, () -> meter.measureAll(meter.measuredTogether()));
                for (VmId vm : List.of(other, stuck)) {
                    List<Measurement> its =
                            round.stream().filter(m -> m.vm().equals(vm)).toList();
                    assertEquals(1, its.size(), () -> vm + " in " + round);
                    assertEquals(
                            meter.measuredTogether(), Samples.of(its.get(0)).keySet());
                }
                asking.assertWaiting();
            }
        }
    }

    @Test
    default void callsForOtherVmsDoNotWaitForAStuckOne() {
        try (StuckVmLab lab = lab()) {
            VmId other = lab.add("other");
            VmId stuck = lab.add("stuck");
            try (Asking asking = Asking.stuck(lab, stuck)) {
                assertTimeoutPreemptively(
                        PATIENCE,
                        () -> assertEquals(
                                MEMORY,
                                Samples.of(lab.hypervisor().meter().measure(other, MEMORY))
                                        .keySet()));
                asking.assertWaiting();
            }
        }
    }

    @Test
    default void aCallForAStuckVmReturnsWhenItAnswersAndCarriesTheTimeOfTheQuestion() throws Exception {
        assertCarriesTheTimeOfTheQuestion(Metric.GUEST_MEMORY);
    }

    @Test
    default void aCallForTheDisksOfAStuckVmCarriesTheTimeOfTheQuestionToo() throws Exception {
        assertCarriesTheTimeOfTheQuestion(Metric.DISK);
    }

    @Test
    default void aCallForTheBlockIoOfAStuckVmCarriesTheTimeOfTheQuestionToo() throws Exception {
        assertCarriesTheTimeOfTheQuestion(Metric.BLOCK_IO);
    }

    private void assertCarriesTheTimeOfTheQuestion(Metric metric) throws Exception {
        try (StuckVmLab lab = lab()) {
            VmId stuck = lab.add("stuck");
            try (Asking asking = Asking.stuck(lab, stuck, metric)) {
                Moment longAsked = lab.time().now();
                lab.elapse(Duration.ofMillis(50));
                lab.release(stuck);

                Sample<?> sample = Samples.of(asking.answer()).get(metric);

                assertTrue(sample != null && !sample.takenAt().isAfter(longAsked), () -> sample + " is too young");
            }
        }
    }

    @Test
    default void aVmThatCannotBeAskedIsUnresponsiveInOneLineAndOthersStillAnswer() {
        try (StuckVmLab lab = lab()) {
            VmId broken = lab.add("broken");
            VmId other = lab.add("other");
            lab.breakDisk(broken);
            VmMeter meter = lab.hypervisor().meter();

            Unresponsive answer = assertInstanceOf(Unresponsive.class, meter.measure(broken, Set.of(Metric.DISK)));

            assertEquals(broken, answer.vm());
            assertFalse(
                    answer.why().isBlank() || answer.why().chars().anyMatch(Character::isISOControl),
                    () -> "not one line: " + answer.why());
            assertEquals(
                    Set.of(Metric.DISK),
                    Samples.of(meter.measure(other, Set.of(Metric.DISK))).keySet());
        }
    }

    @Test
    default void aCallForAStuckVmCannotBeInterrupted() throws Exception {
        try (StuckVmLab lab = lab()) {
            VmId stuck = lab.add("stuck");
            try (Asking asking = Asking.stuck(lab, stuck)) {
                asking.thread.interrupt();
                asking.assertWaiting();
                lab.release(stuck);

                assertFalse(Samples.of(asking.answer()).isEmpty());
            }
        }
    }

    /** A call for a stuck VM on a thread of its own. */
    final class Asking implements AutoCloseable {
        private final FutureTask<Measurement> call;
        private final Thread thread;
        private final Runnable release;

        private Asking(FutureTask<Measurement> call, Runnable release) {
            this.call = call;
            this.release = release;
            this.thread = new Thread(call, "asks a stuck VM");
            thread.setDaemon(true);
            thread.start();
        }

        static Asking stuck(StuckVmLab lab, VmId vm) {
            return stuck(lab, vm, Metric.GUEST_MEMORY);
        }

        static Asking stuck(StuckVmLab lab, VmId vm, Metric metric) {
            lab.stick(vm);
            VmMeter meter = lab.hypervisor().meter();
            Asking asking =
                    new Asking(new FutureTask<>(() -> meter.measure(vm, Set.of(metric))), () -> lab.release(vm));
            asking.assertWaiting();
            return asking;
        }

        private void assertWaiting() {
            assertThrows(TimeoutException.class, () -> call.get(300, TimeUnit.MILLISECONDS), "it should wait");
        }

        private Measurement answer() throws Exception {
            return call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        /** No lab closes before the call has returned. */
        @Override
        public void close() {
            release.run();
            assertTimeoutPreemptively(PATIENCE, () -> thread.join());
        }
    }
}
