package io.vmgauge.domain.sample;

import java.util.List;

/**
 * What a VM's own node-local disks take. Volumes, network disks and shared images never count here: a kubelet compares
 * this with the pod's ephemeral storage limit and kills pods over it.
 */
public record DiskSample(Moment takenAt, long usedBytes) implements Sample<DiskSample> {
    public DiskSample {
        if (usedBytes < 0) {
            throw new IllegalArgumentException("negative disk usage");
        }
    }

    @Override
    public boolean continues(DiskSample earlier) {
        return true;
    }

    @Override
    public DiskSample meanOf(List<DiskSample> samples) {
        return new DiskSample(Mean.ofTimes(samples), Mean.of(samples, DiskSample::usedBytes));
    }
}
