package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Instant;

/** The machine's clock: real processes follow no other. */
final class RealTime implements TimeSource {
    @Override
    public Moment now() {
        return new Moment(Instant.now(), System.nanoTime());
    }
}
