package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a VM's own node-local disks take. Volumes, network disks and shared images never count here: a kubelet compares
 * this with the pod's ephemeral storage limit and kills pods over it.
 *
 * @param usedBytes all of them together
 * @param devices each by itself, in the order of the VM's definition; empty if the source cannot tell them apart
 */
public record DiskSample(Moment takenAt, long usedBytes, List<DeviceBytes> devices) implements Sample<DiskSample> {
    public DiskSample {
        devices = List.copyOf(devices);
        if (usedBytes < 0) {
            throw new IllegalArgumentException("negative disk usage");
        }
    }

    public DiskSample(Moment takenAt, long usedBytes) {
        this(takenAt, usedBytes, List.of());
    }

    @Override
    public Metric metric() {
        return Metric.DISK;
    }

    @Override
    public boolean continues(DiskSample earlier) {
        return true;
    }

    @Override
    public DiskSample meanOf(List<DiskSample> samples) {
        return new DiskSample(Mean.ofTimes(samples), Mean.of(samples, DiskSample::usedBytes), meanOfDevices(samples));
    }

    private List<DeviceBytes> meanOfDevices(List<DiskSample> samples) {
        return devices.stream()
                .filter(device -> samples.stream()
                        .allMatch(sample -> sample.bytesOf(device.device()).isPresent()))
                .map(device ->
                        new DeviceBytes(device.device(), Mean.of(samples, sample -> sample.bytesOf(device.device())
                                .orElseThrow())))
                .toList();
    }

    private OptionalLong bytesOf(String device) {
        return devices.stream()
                .filter(one -> one.device().equals(device))
                .mapToLong(DeviceBytes::usedBytes)
                .findFirst();
    }
}
