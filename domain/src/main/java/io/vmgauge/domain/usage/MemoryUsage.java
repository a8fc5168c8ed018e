package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.MemorySample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Memory as it is served, in bytes.
 *
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

    static MemoryUsage of(Answer<MemorySample> answer, WorkingSet source) {
        MemorySample mean = answer.mean();
        OptionalLong guestNeeds = source == WorkingSet.GUEST
                ? mean.guest().map(MemoryUsage::neededByGuest).orElse(OptionalLong.empty())
                : OptionalLong.empty();
        return guestNeeds.isPresent()
                ? ofGuest(answer, mean.guest().orElseThrow(), guestNeeds.getAsLong())
                : ofHost(answer);
    }

    private static MemoryUsage ofHost(Answer<MemorySample> answer) {
        MemorySample mean = answer.mean();
        long held = mean.residentBytes() + mean.hugePageBytes();
        long workingSet = Math.max(1, held);
        OptionalLong available = mean.balloonBytes().isPresent()
                ? OptionalLong.of(Math.max(0, mean.balloonBytes().getAsLong() - workingSet))
                : OptionalLong.empty();
        return withFaults(answer, workingSet, available, held);
    }

    private static MemoryUsage ofGuest(Answer<MemorySample> answer, GuestMemory guest, long needed) {
        long used = clamp(guest.totalBytes() - guest.unusedBytes().orElse(0), guest.totalBytes());
        return withFaults(answer, Math.max(1, needed), guest.usableBytes(), used);
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

    private static MemoryUsage withFaults(
            Answer<MemorySample> answer, long workingSet, OptionalLong available, long usage) {
        MemorySample mean = answer.mean();
        return new MemoryUsage(
                answer.timestamp(),
                workingSet,
                available,
                usage,
                mean.residentBytes(),
                mean.guest().map(GuestMemory::pageFaults).orElse(OptionalLong.empty()),
                mean.guest().map(GuestMemory::majorPageFaults).orElse(OptionalLong.empty()),
                mean.balloonBytes(),
                mean.guest());
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
