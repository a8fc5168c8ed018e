package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.VmMeter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the ports promise of a VM that comes in by a live migration: it is there, but it does not run here yet. */
public interface MigrationContract {
    /** A new lab, to be closed by the caller. */
    MigrationLab lab();

    @Test
    default void aVmThatComesInIsStartingAndIsNotMeasuredUntilItRunsHere() {
        try (MigrationLab lab = lab()) {
            VmId vm = lab.comeIn("traveller");
            VmMeter meter = lab.hypervisor().meter();

            assertEquals(VmState.STARTING, Listed.present(lab, vm).state());
            assertEquals(List.of(), ofVm(meter.measureAll(meter.measuredTogether()), vm));
            assertEquals(new Measurement.Gone(vm), meter.measure(vm, Set.of(Metric.MEMORY)));

            lab.arrive(vm);

            assertEquals(VmState.RUNNING, Listed.present(lab, vm).state());
            assertEquals(1, ofVm(meter.measureAll(meter.measuredTogether()), vm).size());
            Measurement.Measured measured =
                    assertInstanceOf(Measurement.Measured.class, meter.measure(vm, Set.of(Metric.MEMORY)));
            assertEquals(Listed.present(lab, vm).incarnation(), measured.incarnation());
        }
    }

    private static List<Measurement> ofVm(List<Measurement> all, VmId vm) {
        return all.stream().filter(one -> one.vm().equals(vm)).toList();
    }
}
