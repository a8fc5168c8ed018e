package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the ports promise when the hypervisor as a whole cannot be asked: they say so, and find it again. */
public interface OutageContract {
    /** A new lab, to be closed by the caller. */
    OutageLab lab();

    @Test
    default void aListFailsWhileTheHypervisorIsDownAndWorksWhenItIsBack() {
        try (OutageLab lab = lab()) {
            lab.add("patient");
            survivesAnOutage(lab, () -> lab.hypervisor().catalog().list());
        }
    }

    @Test
    default void aRoundFailsWhileTheHypervisorIsDownAndWorksWhenItIsBack() {
        try (OutageLab lab = lab()) {
            lab.add("patient");
            VmMeter meter = lab.hypervisor().meter();
            survivesAnOutage(lab, () -> meter.measureAll(meter.measuredTogether()));
        }
    }

    @Test
    default void oneMeasurementFailsWhileTheHypervisorIsDownAndWorksWhenItIsBack() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("patient");
            VmMeter meter = lab.hypervisor().meter();
            survivesAnOutage(
                    lab,
                    () -> assertEquals(
                            Set.of(Metric.MEMORY),
                            Samples.of(meter.measure(vm, Set.of(Metric.MEMORY))).keySet()));
        }
    }

    @Test
    default void aVmThatRunsThroughAnOutageHasTheSameIncarnation() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("patient");
            Incarnation before = Listed.incarnation(lab, vm);
            lab.breakDown();
            lab.recover();

            worksWithin(lab, Duration.ofSeconds(5), () -> assertEquals(before, Listed.incarnation(lab, vm)));
            assertEquals(before, measured(lab, vm));
        }
    }

    /** Twice, since the first start after the first replacement may be the only one that is counted anew. */
    @Test
    default void aVmThatIsRestartedDuringAnOutageHasAnotherIncarnationAlsoInItsMeasurements() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("phoenix");
            Set<Incarnation> lives = new HashSet<>(Set.of(Listed.incarnation(lab, vm)));
            for (int life = 2; life <= 3; life++) {
                measured(lab, vm);
                lab.breakDown();
                lab.replace();
                lab.start(vm);
                worksWithin(lab, Duration.ofSeconds(5), () -> lab.hypervisor()
                        .catalog()
                        .list());

                assertTrue(
                        lives.add(Listed.incarnation(lab, vm)), () -> "a life again: " + Listed.incarnation(lab, vm));
                assertEquals(Listed.incarnation(lab, vm), measured(lab, vm));
            }
        }
    }

    private static Incarnation measured(OutageLab lab, VmId vm) {
        VmMeter meter = lab.hypervisor().meter();
        Incarnation together = meter.measureAll(Set.of(Metric.CPU)).stream()
                .filter(one -> one.vm().equals(vm))
                .map(one -> assertInstanceOf(Measured.class, one).incarnation())
                .findAny()
                .orElseThrow();
        assertEquals(
                together,
                assertInstanceOf(Measured.class, meter.measure(vm, Set.of(Metric.MEMORY)))
                        .incarnation());
        return together;
    }

    private static void survivesAnOutage(OutageLab lab, Runnable call) {
        call.run();
        lab.breakDown();
        for (int i = 0; i < 3; i++) {
            String message = String.valueOf(
                    assertThrows(HypervisorException.class, call::run).getMessage());
            assertFalse(message.isBlank() || message.contains("\n"), () -> "not one line: " + message);
        }
        lab.recover();
        worksWithin(lab, Duration.ofSeconds(5), call);
    }

    /** Callers try again themselves. An adapter may make them wait between two tries, but not for long. */
    private static void worksWithin(OutageLab lab, Duration longest, Runnable call) {
        Duration step = Duration.ofMillis(50);
        for (Duration waited = Duration.ZERO; waited.compareTo(longest) < 0; waited = waited.plus(step)) {
            try {
                call.run();
                return;
            } catch (HypervisorException stillDown) {
                lab.elapse(step);
            }
        }
        fail("still down " + longest.toSeconds() + " s after it came back");
    }
}
