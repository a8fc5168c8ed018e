package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.DeviceIo;
import java.time.Instant;
import java.util.List;

/**
 * Block I/O as it is served.
 *
 * @param devices in the order of the VM's definition; empty if the VM has none with counters
 */
public record BlockIoUsage(Instant timestamp, List<DeviceIo> devices) {
    public BlockIoUsage {
        devices = List.copyOf(devices);
    }

    static BlockIoUsage of(Answer<BlockIoSample> answer) {
        return new BlockIoUsage(answer.timestamp(), answer.mean().devices());
    }
}
