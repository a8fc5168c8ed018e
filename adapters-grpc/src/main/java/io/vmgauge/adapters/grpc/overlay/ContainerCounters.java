package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.Usage;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What was last served of one container that is a VM. None of its counters falls while the container lives, though the VM
 * may start anew or the container's cgroup may have been served before; what is no longer known is served again with its
 * old timestamp. Of its CPU, {@link CpuCounter} has the rules.
 */
final class ContainerCounters {
    private static final Usage NOTHING =
            new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private final CpuCounter cpu;
    /** Empty while there was none. */
    private String vm;

    private Optional<Instant> memory = Optional.empty();
    private Optional<Instant> network = Optional.empty();
    private Usage last = NOTHING;
    private final MonotonicCounter pageFaults = new MonotonicCounter();
    private final MonotonicCounter majorPageFaults = new MonotonicCounter();
    private final NetworkCounters interfaces = new NetworkCounters();

    /** Nothing was told of it yet. */
    ContainerCounters() {
        this.cpu = new CpuCounter();
        this.vm = "";
    }

    ContainerCounters(CpuCounter.Kept kept) {
        this.cpu = new CpuCounter(kept);
        this.vm = kept.vm();
    }

    /**
     * What to tell now; what is absent in it is the runtime's to tell.
     *
     * @param runtimes the CPU time that the runtime tells of the container, if it tells any in this answer
     * @param isExact whether the answer is one of stats, which tell nanoseconds
     */
    Usage next(VmReading reading, Optional<CpuUsage> runtimes, boolean isExact) {
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
        }
        Usage now = reading.usage();
        // Counters are followed once for each sample; a long stream may still have one that others are past.
        if (isNew(now.memory().map(MemoryUsage::timestamp), memory)) {
            memory = now.memory().map(MemoryUsage::timestamp);
            last = new Usage(last.cpu(), now.memory().map(this::rising), last.network(), last.disk());
        }
        if (isNew(now.network().map(NetworkUsage::timestamp), network)) {
            network = now.network().map(NetworkUsage::timestamp);
            last = new Usage(last.cpu(), last.memory(), now.network().map(interfaces::follow), last.disk());
        }
        last = new Usage(
                cpu.next(reading, runtimes, isExact),
                last.memory(),
                last.network(),
                now.disk().or(last::disk));
        return last;
    }

    /** The container is another VM now, whose counters have nothing to do with those that were told. */
    private void beginAnew() {
        cpu.beginAnew();
        pageFaults.beginAnew();
        majorPageFaults.beginAnew();
        interfaces.beginAnew();
    }

    private static boolean isNew(Optional<Instant> sample, Optional<Instant> last) {
        return sample.isPresent()
                && (last.isEmpty() || Timestamps.follows(sample.get(), last.get(), Optional.of(Instant.MIN)));
    }

    CpuCounter cpu() {
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
