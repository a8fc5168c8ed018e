package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import java.time.Instant;
import java.util.List;

/**
 * What a VM's own node-local disks take, as it is served.
 *
 * @param devices each by itself; empty if the source cannot tell them apart
 */
public record DiskUsage(Instant timestamp, long usedBytes, List<DeviceBytes> devices) {
    public DiskUsage {
        devices = List.copyOf(devices);
    }

    static DiskUsage of(Answer<DiskSample> answer) {
        return new DiskUsage(
                answer.timestamp(), answer.mean().usedBytes(), answer.mean().devices());
    }
}
