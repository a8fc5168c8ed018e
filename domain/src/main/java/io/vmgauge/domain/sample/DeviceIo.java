package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one of a VM's block devices has done since the VM's life began or the device was plugged in.
 *
 * @param device the device's name inside the VM, such as vda
 * @param flushes how often the guest had its writes made safe; absent if the hypervisor does not tell
 * @param flushNanos how long that took, added up; absent likewise
 */
public record DeviceIo(
        String device, IoCounters read, IoCounters written, OptionalLong flushes, OptionalLong flushNanos) {

    boolean continues(DeviceIo earlier) {
        return device.equals(earlier.device)
                && read.continues(earlier.read)
                && written.continues(earlier.written)
                && !Counter.fell(earlier.flushes, flushes)
                && !Counter.fell(earlier.flushNanos, flushNanos);
    }

    static DeviceIo meanOf(List<DeviceIo> all) {
        return new DeviceIo(
                all.get(0).device,
                IoCounters.meanOf(all.stream().map(DeviceIo::read).toList()),
                IoCounters.meanOf(all.stream().map(DeviceIo::written).toList()),
                Mean.ofPresent(all, DeviceIo::flushes),
                Mean.ofPresent(all, DeviceIo::flushNanos));
    }
}
