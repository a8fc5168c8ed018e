package io.vmgauge.domain.sample;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What a VM's block devices have done, in the order of the VM's definition. All of them count: the VM's own disks,
 * volumes, network disks, shared and read-only ones, and CD-ROMs.
 *
 * @param devices only those that have counters; an empty list says that the VM has none
 */
public record BlockIoSample(Moment takenAt, List<DeviceIo> devices) implements Sample<BlockIoSample> {
    public BlockIoSample {
        devices = List.copyOf(devices);
    }

    @Override
    public Metric metric() {
        return Metric.BLOCK_IO;
    }

    /** A device that came, went or was made anew starts a new window: a mean needs it in every sample. */
    @Override
    public boolean continues(BlockIoSample earlier) {
        return devices.size() == earlier.devices.size()
                && IntStream.range(0, devices.size())
                        .allMatch(i -> devices.get(i).continues(earlier.devices.get(i)));
    }

    @Override
    public BlockIoSample meanOf(List<BlockIoSample> samples) {
        return new BlockIoSample(
                Mean.ofTimes(samples),
                IntStream.range(0, devices.size())
                        .mapToObj(i -> DeviceIo.meanOf(
                                samples.stream().map(s -> s.devices().get(i)).toList()))
                        .toList());
    }
}
