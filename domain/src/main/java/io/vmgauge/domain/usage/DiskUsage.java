package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.DiskSample;
import java.time.Instant;

/** What a VM's own node-local disks take, as it is served. */
public record DiskUsage(Instant timestamp, long usedBytes) {

    static DiskUsage of(Answer<DiskSample> answer) {
        return new DiskUsage(answer.timestamp(), answer.mean().usedBytes());
    }
}
