package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * What the guest itself says of its memory, through its balloon driver. A guest can say what it likes.
 *
 * @param totalBytes what the guest's kernel manages (Linux: MemTotal)
 * @param unusedBytes what nothing uses (MemFree)
 * @param usableBytes what could be had without swapping (MemAvailable)
 * @param cacheBytes what holds cached files
 * @param pageFaults all page faults since the guest booted
 * @param majorPageFaults those among them that had to read a disk
 */
public record GuestMemory(
        long totalBytes,
        OptionalLong unusedBytes,
        OptionalLong usableBytes,
        OptionalLong cacheBytes,
        OptionalLong pageFaults,
        OptionalLong majorPageFaults) {

    boolean continues(GuestMemory earlier) {
        return !Counter.fell(earlier.pageFaults, pageFaults) && !Counter.fell(earlier.majorPageFaults, majorPageFaults);
    }

    static GuestMemory meanOf(List<GuestMemory> all) {
        return new GuestMemory(
                Mean.of(all, GuestMemory::totalBytes),
                Mean.ofPresent(all, GuestMemory::unusedBytes),
                Mean.ofPresent(all, GuestMemory::usableBytes),
                Mean.ofPresent(all, GuestMemory::cacheBytes),
                Mean.ofPresent(all, GuestMemory::pageFaults),
                Mean.ofPresent(all, GuestMemory::majorPageFaults));
    }
}
