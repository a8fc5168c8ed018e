package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.spi.Host;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;
import java.time.Instant;

/** The machine's clock, for tests on real hypervisors. */
final class RealTime implements TimeSource {
    @Override
    public Moment now() {
        return new Moment(Instant.now(), System.nanoTime());
    }

    /** For real hypervisors time passes by waiting. */
    static void elapse(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** The adapter as the agent would open it. */
    static Hypervisor open(String uri, String... overrides) {
        String[] all = new String[overrides.length + 1];
        System.arraycopy(overrides, 0, all, 1, overrides.length);
        all[0] = "uri = \"" + uri + "\"";
        return new LibvirtProvider().open(ConfigSettings.with(all), new Host(new RealTime(), work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        }));
    }
}
