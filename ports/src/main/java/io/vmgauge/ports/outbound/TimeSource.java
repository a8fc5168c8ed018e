package io.vmgauge.ports.outbound;

import io.vmgauge.domain.sample.Moment;

/** The only clock of the program. Any thread may ask. */
public interface TimeSource {
    /** Now, on both clocks. */
    Moment now();
}
