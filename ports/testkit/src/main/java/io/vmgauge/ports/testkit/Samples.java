package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import java.util.EnumMap;
import java.util.Map;

/** The samples of one answer, by metric. */
final class Samples {
    private Samples() {}

    /** Fails if the VM did not answer, or answered the same metric twice. */
    static Map<Metric, Sample<?>> of(Measurement measurement) {
        Map<Metric, Sample<?>> all = new EnumMap<>(Metric.class);
        for (Sample<?> sample : assertInstanceOf(Measured.class, measurement).samples()) {
            if (all.put(sample.metric(), sample) != null) {
                throw new AssertionError("two samples of one metric in " + measurement);
            }
        }
        return all;
    }

    static boolean continues(Sample<?> later, Sample<?> earlier) {
        if (later instanceof CpuSample cpu && earlier instanceof CpuSample before) {
            return cpu.continues(before);
        }
        if (later instanceof BlockIoSample io && earlier instanceof BlockIoSample before) {
            return io.continues(before);
        }
        return later instanceof NetworkSample network
                && earlier instanceof NetworkSample before
                && network.continues(before);
    }
}
