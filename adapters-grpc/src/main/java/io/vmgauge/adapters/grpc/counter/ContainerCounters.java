package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.usage.BlockIoUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What was last told of one container that is a VM. None of its counters falls while the container lives, even if the
 * VM starts anew or the cgroup's numbers were told before. A value that is no longer known is told again with its old
 * timestamp. {@link CpuCounter} has the rules for CPU time.
 */
public final class ContainerCounters {
    private static final Usage NOTHING =
            new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private final CpuCounter cpu;
    /** The VM that the container is; empty while it was none. */
    private String vm;

    private Optional<Instant> memory = Optional.empty();
    private Optional<Instant> network = Optional.empty();
    private Optional<Instant> blockIo = Optional.empty();
    private Usage last = NOTHING;
    private final MonotonicCounter pageFaults = new MonotonicCounter();
    private final MonotonicCounter majorPageFaults = new MonotonicCounter();
    private final NetworkCounters interfaces = new NetworkCounters();
    private final BlockIoCounters devices = new BlockIoCounters();

    /** A container of which nothing was told yet. */
    ContainerCounters() {
        this.cpu = new CpuCounter();
        this.vm = "";
    }

    ContainerCounters(CpuCounter.Kept kept) {
        this.cpu = new CpuCounter(kept);
        this.vm = kept.vm();
    }

    /**
     * What to tell now. The runtime's value stays for everything that is absent.
     *
     * @param runtimes the CPU time that the runtime tells of the container, if it tells any in this answer
     * @param isExact whether the answer is one of stats, which tell nanoseconds
     */
    public Usage next(VmReading reading, Optional<CpuUsage> runtimes, boolean isExact) {
        if (!reading.vm().equals(vm)) {
            if (!vm.isEmpty()) {
                beginAnew();
            }
            vm = reading.vm();
        }
        if (reading.isGone()) {
            last = NOTHING;
            memory = Optional.empty();
            network = Optional.empty();
            blockIo = Optional.empty();
        }
        Usage now = reading.usage();
        last = new Usage(
                cpu.next(reading, runtimes, isExact),
                memory(now.memory()),
                network(now.network()),
                now.disk().or(last::disk),
                blockIo(now.blockIo()));
        return last;
    }

    /** Each sample is followed once. A long stream may still hold a sample that is older than what others were told. */
    private Optional<MemoryUsage> memory(Optional<MemoryUsage> now) {
        if (!isNew(now.map(MemoryUsage::timestamp), memory)) {
            return last.memory();
        }
        memory = now.map(MemoryUsage::timestamp);
        return now.map(this::rising);
    }

    /** As with memory. */
    private Optional<NetworkUsage> network(Optional<NetworkUsage> now) {
        if (!isNew(now.map(NetworkUsage::timestamp), network)) {
            return last.network();
        }
        network = now.map(NetworkUsage::timestamp);
        return now.map(interfaces::follow);
    }

    /** As with memory. */
    private Optional<BlockIoUsage> blockIo(Optional<BlockIoUsage> now) {
        if (!isNew(now.map(BlockIoUsage::timestamp), blockIo)) {
            return last.blockIo();
        }
        blockIo = now.map(BlockIoUsage::timestamp);
        return now.map(devices::follow);
    }

    /** The container is another VM now, whose counters have nothing to do with those that were told. */
    private void beginAnew() {
        cpu.beginAnew();
        pageFaults.beginAnew();
        majorPageFaults.beginAnew();
        interfaces.beginAnew();
        devices.beginAnew();
    }

    private static boolean isNew(Optional<Instant> sample, Optional<Instant> last) {
        return sample.isPresent()
                && (last.isEmpty() || Timestamps.follows(sample.get(), last.get(), Optional.of(Instant.MIN)));
    }

    public CpuCounter cpu() {
        return cpu;
    }

    private MemoryUsage rising(MemoryUsage memory) {
        OptionalLong faults = pageFaults.follow(memory.pageFaults());
        OptionalLong majorFaults = majorPageFaults.follow(memory.majorPageFaults());
        return new MemoryUsage(
                memory.timestamp(),
                memory.workingSetBytes(),
                memory.availableBytes(),
                memory.usageBytes(),
                memory.residentBytes(),
                faults,
                majorFaults,
                memory.balloonBytes(),
                memory.guest()
                        .map(guest -> new GuestMemory(
                                guest.totalBytes(),
                                guest.unusedBytes(),
                                guest.usableBytes(),
                                guest.cacheBytes(),
                                faults,
                                majorFaults)));
    }
}
