package io.vmgauge.ports.outbound;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Sample;
import java.util.List;

/** What came of measuring one VM. */
public sealed interface Measurement {
    /** The VM that was asked. */
    VmId vm();

    /**
     * It answered.
     *
     * @param incarnation the life of the VM that the samples belong to
     * @param samples at most one a metric; a metric that the VM cannot tell is left out
     */
    record Measured(VmId vm, Incarnation incarnation, List<Sample<?>> samples) implements Measurement {
        public Measured {
            samples = List.copyOf(samples);
        }
    }

    /** It does not run, or is not there any more: an expected end, not a failure. */
    record Gone(VmId vm) implements Measurement {}

    /** It could not be asked; others still could. The reason is one line. */
    record Unresponsive(VmId vm, String why) implements Measurement {}
}
