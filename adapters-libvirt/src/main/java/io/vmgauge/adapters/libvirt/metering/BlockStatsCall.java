package io.vmgauge.adapters.libvirt.metering;

import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.domain.BlockRecord;
import io.vmgauge.adapters.libvirt.domain.BlockStats;
import io.vmgauge.adapters.libvirt.domain.BlockStatsSource;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.ports.outbound.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The call for the block statistics of one domain in one measurement. It is made once, when they are needed first: they
 * tell of the images' sizes and of block I/O. Not thread-safe.
 */
final class BlockStatsCall implements BlockStatsSource {
    private final DomainHandle domain;
    private final TimeSource time;
    private @Nullable Told told;

    /** @param chains whether images below others are in the record */
    private record Told(Moment asked, boolean chains, Optional<BlockRecord> record) {}

    /** The names of all block devices that a domain is defined with; absent if its definition cannot be read. */
    interface DefinedDevices {
        Optional<List<String>> names() throws VirtException;
    }

    BlockStatsCall(DomainHandle domain, TimeSource time) {
        this.domain = domain;
        this.time = time;
    }

    @Override
    public Optional<Map<String, BlockStats>> blocks() throws VirtException {
        return told(true).record().map(BlockRecord::images);
    }

    @Override
    public OptionalLong disk(String device) throws VirtException {
        return domain.disk(device);
    }

    /**
     * What all devices have done. Absent if there are devices and nothing is told of any of them. QEMU has to answer,
     * so this may take for ever.
     *
     * @param defined asked only if the driver tells nothing in bulk
     */
    Optional<BlockIoSample> io(DefinedDevices defined) throws VirtException {
        // Chains make the record longer, and have no counters.
        Told all = told(false);
        Optional<List<DeviceIo>> inBulk = all.record().map(BlockRecord::io).filter(io -> !io.isEmpty());
        if (inBulk.isPresent()) {
            return Optional.of(new BlockIoSample(all.asked(), inBulk.get()));
        }
        // libvirt leaves the counters out if it waited for QEMU for too long. Asked for one device it says so.
        Optional<List<String>> devices =
                all.record().isPresent() ? all.record().map(BlockRecord::devices) : defined.names();
        return devices.isEmpty() ? Optional.empty() : oneByOne(all.asked(), devices.get());
    }

    private Optional<BlockIoSample> oneByOne(Moment asked, List<String> devices) throws VirtException {
        List<DeviceIo> io = new ArrayList<>();
        for (String device : devices) {
            try {
                domain.io(device).ifPresent(io::add);
            } catch (VirtException e) {
                if (e.isConnectionLost() || e.isTimeout()) {
                    throw e;
                }
            }
        }
        return io.isEmpty() && !devices.isEmpty() ? Optional.empty() : Optional.of(new BlockIoSample(asked, io));
    }

    private Told told(boolean chains) throws VirtException {
        Told known = told;
        if (known == null || (chains && !known.chains())) {
            Moment asked = time.now();
            known = new Told(asked, chains, domain.blocks(chains));
            told = known;
        }
        return known;
    }
}
