package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What {@link VmMeter#measureFromKernel} promises, for an adapter whose VMs' processes are shown by this host's kernel
 * with their CPU time, memory and network. An adapter that never sees any need not pass.
 */
public interface KernelContract {
    /** How long a call may take that waits for nobody. */
    Duration AT_ONCE = Duration.ofSeconds(2);

    /** What the kernel tells of a VM. */
    Set<Metric> TOLD = Collections.unmodifiableSet(EnumSet.of(Metric.CPU, Metric.MEMORY, Metric.NETWORK));

    /** A new lab, to be closed by the caller. */
    OutageLab lab();

    @Test
    default void aVmThatWasMeasuredOnceIsToldByTheKernelWithAllThatTheHostKnows() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("known");
            Incarnation life = meet(lab, vm);

            Measured told = told(lab, vm).orElseThrow();

            assertEquals(life, told.incarnation());
            assertEquals(TOLD, Samples.of(told).keySet());
        }
    }

    @Test
    default void theKernelTellsOnlyWhatIsAskedFor() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("quiet");
            meet(lab, vm);
            for (Metric metric : TOLD) {
                Measured told = find(meter(lab).measureFromKernel(EnumSet.of(metric)), vm)
                        .orElseThrow();
                assertEquals(Set.of(metric), Samples.of(told).keySet());
            }
            assertEquals(Optional.empty(), find(meter(lab).measureFromKernel(Set.of()), vm));
        }
    }

    @Test
    default void aVmThatHasNotBeenListedIsNotTold() {
        try (OutageLab lab = lab()) {
            meet(lab, lab.add("known"));
            VmId vm = lab.add("unknown");
            assertEquals(Optional.empty(), told(lab, vm));
        }
    }

    @Test
    default void aVmThatHasStoppedIsNotToldBeforeItIsMetAgain() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("phoenix");
            Incarnation first = meet(lab, vm);
            lab.stop(vm);
            assertEquals(Optional.empty(), told(lab, vm));
            lab.start(vm);
            assertEquals(Optional.empty(), told(lab, vm));

            Incarnation second = meet(lab, vm);

            assertTrue(!second.equals(first), () -> "one life: " + first);
            assertEquals(second, told(lab, vm).orElseThrow().incarnation());
        }
    }

    /** One counter, whoever reads it: in turn, and none falls. */
    @Test
    default void theKernelAndTheHypervisorTellOfTheSameCounters() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("steady");
            meet(lab, vm);
            Map<Metric, Sample<?>> before = new HashMap<>();
            for (int i = 0; i < 5; i++) {
                for (Measurement one : List.of(told(lab, vm).orElseThrow(), together(lab, vm))) {
                    Samples.of(one).forEach((metric, sample) -> {
                        Sample<?> earlier = before.put(metric, sample);
                        assertTrue(
                                earlier == null || metric == Metric.MEMORY || Samples.continues(sample, earlier),
                                () -> sample + " does not continue " + earlier);
                    });
                    lab.elapse(Duration.ofMillis(5));
                }
            }
        }
    }

    @Test
    default void theKernelTellsOnWhileTheHypervisorIsDownAndAfterIt() {
        try (OutageLab lab = lab()) {
            VmId vm = lab.add("patient");
            Incarnation life = meet(lab, vm);
            lab.breakDown();
            for (int i = 0; i < 3; i++) {
                Measured told =
                        assertTimeoutPreemptively(AT_ONCE, () -> told(lab, vm)).orElseThrow();
                assertEquals(life, told.incarnation());
                assertEquals(TOLD, Samples.of(told).keySet());
            }
            lab.recover();
            assertEquals(life, told(lab, vm).orElseThrow().incarnation());
        }
    }

    private static VmMeter meter(OutageLab lab) {
        return lab.hypervisor().meter();
    }

    /** Lists and measures it, as a round does. */
    private static Incarnation meet(OutageLab lab, VmId vm) {
        Incarnation listed = Listed.incarnation(lab, vm);
        assertEquals(listed, together(lab, vm).incarnation());
        return listed;
    }

    private static Measured together(OutageLab lab, VmId vm) {
        return find(meter(lab).measureAll(TOLD), vm).orElseThrow();
    }

    private static Optional<Measured> told(OutageLab lab, VmId vm) {
        return find(meter(lab).measureFromKernel(EnumSet.allOf(Metric.class)), vm);
    }

    /** Fails if it is there twice. */
    private static Optional<Measured> find(List<? extends Measurement> all, VmId vm) {
        List<Measured> its = all.stream()
                .filter(one -> one.vm().equals(vm))
                .map(Measured.class::cast)
                .toList();
        assertTrue(its.size() <= 1, () -> "twice: " + its);
        return its.stream().findAny();
    }
}
