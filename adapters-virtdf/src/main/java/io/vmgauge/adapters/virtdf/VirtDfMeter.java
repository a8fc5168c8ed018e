package io.vmgauge.adapters.virtdf;

import io.vmgauge.adapters.virtdf.report.UnreadableReport;
import io.vmgauge.adapters.virtdf.run.ReadingFailed;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import java.util.List;
import java.util.OptionalLong;

/** Runs one virt-df for one VM, when a slot is free. */
final class VirtDfMeter implements FilesystemMeter {
    private final VirtualSizes capacities;
    private final Appliance appliance;
    private final Slots slots;

    VirtDfMeter(VirtualSizes capacities, Appliance appliance, Slots slots) {
        this.capacities = capacities;
        this.appliance = appliance;
        this.slots = slots;
    }

    @Override
    public Measurement measure(VmId vm, Incarnation incarnation, List<DiskImage> disks) {
        if (!slots.acquire()) {
            return new Unresponsive(vm, "the agent ends");
        }
        try {
            return new Measured(vm, incarnation, disks.isEmpty() ? List.of() : List.of(read(disks)));
        } catch (ReadingFailed e) {
            return new Unresponsive(vm, e.reason());
        } finally {
            slots.release();
        }
    }

    private DiskSample read(List<DiskImage> disks) throws ReadingFailed {
        List<OptionalLong> sizes = capacities.of(disks);
        Appliance.Reading reading = appliance.read(disks);
        try {
            long used = reading.report()
                    .usedBytes(sizes)
                    .orElseThrow(() -> new ReadingFailed("there is no filesystem on its disks that can be read"));
            return new DiskSample(reading.begun(), used);
        } catch (UnreadableReport e) {
            throw new ReadingFailed("virt-df's output cannot be used: " + e.reason());
        }
    }
}
