package io.vmgauge.adapters.virtdf;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.FilesystemMeter;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.TimeSource;
import java.time.Duration;
import java.util.List;

/** One virt-df for one VM, when it is its turn and the host has memory for it. */
final class VirtDfMeter implements FilesystemMeter {
    private static final long MEMORY_POLL_MILLIS = 200;
    private static final long MEBIBYTE = 1 << 20;

    private final Appliance appliance;
    private final Turns turns;
    private final HostMemory memory;
    private final long memoryFloor;
    private final Duration patience;
    private final TimeSource time;

    VirtDfMeter(Appliance appliance, Turns turns, HostMemory memory, VirtDfSettings settings, TimeSource time) {
        this.appliance = appliance;
        this.turns = turns;
        this.memory = memory;
        this.memoryFloor = settings.memoryFloor();
        this.patience = settings.limit();
        this.time = time;
    }

    @Override
    public Measurement measure(VmId vm, Incarnation incarnation, List<DiskImage> disks) {
        if (!turns.take()) {
            return new Unresponsive(vm, "the agent ends");
        }
        try {
            if (disks.isEmpty()) {
                return new Measured(vm, incarnation, List.of());
            }
            awaitMemory();
            appliance.accelerator();
            Moment begun = time.now();
            return new Measured(vm, incarnation, List.of(new DiskSample(begun, appliance.usedBytes(disks))));
        } catch (ReadingFailed e) {
            return new Unresponsive(vm, e.reason());
        } finally {
            turns.giveBack();
        }
    }

    private void awaitMemory() throws ReadingFailed {
        Moment asked = time.now();
        while (memory.available() < memoryFloor) {
            if (turns.haveEnded()) {
                throw new ReadingFailed("the agent ends");
            }
            if (time.now().nanosSince(asked) > patience.toNanos()) {
                throw new ReadingFailed("the host has had less than " + memoryFloor / MEBIBYTE
                        + " MiB of memory available for " + patience.toSeconds() + " s");
            }
            ProcessTable.pause(MEMORY_POLL_MILLIS);
        }
    }
}
