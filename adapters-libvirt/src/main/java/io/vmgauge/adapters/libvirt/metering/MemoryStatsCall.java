package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * The call for the memory statistics of one domain in one measurement. It is made once, when they are needed first:
 * they tell of the host and of the guest. Not thread-safe.
 */
final class MemoryStatsCall {
    private final DomainHandle domain;
    private final TimeSource time;
    private @Nullable MemoryReading told;

    MemoryStatsCall(DomainHandle domain, TimeSource time) {
        this.domain = domain;
        this.time = time;
    }

    /** QEMU has to answer, so this may take for ever. */
    MemoryReading reading() throws VirtException {
        MemoryReading known = told;
        if (known == null) {
            Moment asked = time.now();
            known = new MemoryReading(asked, domain.memory());
            told = known;
        }
        return known;
    }
}
