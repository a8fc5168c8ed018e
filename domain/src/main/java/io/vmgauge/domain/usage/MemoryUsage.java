package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Memory as it is served, in bytes: what the host holds for the VM, and what the VM's monitor and the guest say.
 *
 * @param timestamp of the host's figures. Those of the monitor and the guest may be older: by as much as their interval
 *     is long, and by as much as their max age if the VM does not answer
 * @param workingSetBytes see {@link WorkingSet}; never 0 of a VM that runs, since readers take 0 for a dead container
 * @param availableBytes what the VM may still take; absent if unknown
 * @param usageBytes all memory that counts for the VM, caches included
 * @param residentBytes what the hypervisor's process holds, huge pages not counted
 * @param pageFaults the guest's; absent if it does not report
 * @param majorPageFaults the guest's; absent if it does not report
 * @param balloonBytes what the VM is allowed at present; absent if the hypervisor does not say
 * @param guest all that the guest itself says; absent if it does not report, and of a pod
 */
public record MemoryUsage(
        Instant timestamp,
        long workingSetBytes,
        OptionalLong availableBytes,
        long usageBytes,
        long residentBytes,
        OptionalLong pageFaults,
        OptionalLong majorPageFaults,
        OptionalLong balloonBytes,
        Optional<GuestMemory> guest) {

    /** @param told what the monitor and the guest say; absent if they did not, or too long ago */
    static MemoryUsage of(Answer<MemorySample> host, Optional<GuestMemorySample> told, WorkingSet source) {
        Optional<GuestMemory> guest = told.flatMap(GuestMemorySample::guest);
        OptionalLong guestNeeds = source == WorkingSet.GUEST
                ? guest.map(MemoryUsage::neededByGuest).orElse(OptionalLong.empty())
                : OptionalLong.empty();
        return guestNeeds.isPresent()
                ? ofGuest(host, told, guest.orElseThrow(), guestNeeds.getAsLong())
                : ofHost(host, told);
    }

    private static MemoryUsage ofHost(Answer<MemorySample> host, Optional<GuestMemorySample> told) {
        long held = host.mean().residentBytes() + host.mean().hugePageBytes();
        long workingSet = Math.max(1, held);
        OptionalLong balloon = balloon(told);
        OptionalLong available = balloon.isPresent()
                ? OptionalLong.of(Math.max(0, balloon.getAsLong() - workingSet))
                : OptionalLong.empty();
        return withWhatWasTold(host, told, workingSet, available, held);
    }

    private static MemoryUsage ofGuest(
            Answer<MemorySample> host, Optional<GuestMemorySample> told, GuestMemory guest, long needed) {
        long used = clamp(guest.totalBytes() - guest.unusedBytes().orElse(0), guest.totalBytes());
        return withWhatWasTold(host, told, Math.max(1, needed), guest.usableBytes(), used);
    }

    /** Total less what could be had back; absent if the guest does not say enough. */
    private static OptionalLong neededByGuest(GuestMemory guest) {
        if (guest.usableBytes().isPresent()) {
            return OptionalLong.of(
                    clamp(guest.totalBytes() - guest.usableBytes().getAsLong(), guest.totalBytes()));
        }
        if (guest.unusedBytes().isPresent()) {
            long free = guest.unusedBytes().getAsLong() + guest.cacheBytes().orElse(0);
            return OptionalLong.of(clamp(guest.totalBytes() - free, guest.totalBytes()));
        }
        return OptionalLong.empty();
    }

    private static long clamp(long value, long most) {
        return Math.max(0, Math.min(value, most));
    }

    private static OptionalLong balloon(Optional<GuestMemorySample> told) {
        return told.map(GuestMemorySample::balloonBytes).orElse(OptionalLong.empty());
    }

    private static MemoryUsage withWhatWasTold(
            Answer<MemorySample> host,
            Optional<GuestMemorySample> told,
            long workingSet,
            OptionalLong available,
            long usage) {
        Optional<GuestMemory> guest = told.flatMap(GuestMemorySample::guest);
        return new MemoryUsage(
                host.timestamp(),
                workingSet,
                available,
                usage,
                host.mean().residentBytes(),
                guest.map(GuestMemory::pageFaults).orElse(OptionalLong.empty()),
                guest.map(GuestMemory::majorPageFaults).orElse(OptionalLong.empty()),
                balloon(told),
                guest);
    }

    static MemoryUsage total(List<MemoryUsage> all) {
        return new MemoryUsage(
                Total.timestamp(all, MemoryUsage::timestamp),
                Total.of(all, MemoryUsage::workingSetBytes),
                Total.ofPresent(all, MemoryUsage::availableBytes),
                Total.of(all, MemoryUsage::usageBytes),
                Total.of(all, MemoryUsage::residentBytes),
                Total.ofPresent(all, MemoryUsage::pageFaults),
                Total.ofPresent(all, MemoryUsage::majorPageFaults),
                Total.ofPresent(all, MemoryUsage::balloonBytes),
                Optional.empty());
    }
}
