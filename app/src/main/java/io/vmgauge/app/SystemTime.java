package io.vmgauge.app;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Instant;

/** The clocks of this host: the only place that reads them. */
public final class SystemTime implements TimeSource {
    @Override
    public Moment now() {
        return new Moment(Instant.now(), System.nanoTime());
    }
}
