package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * What a block device has read, or what it has written, since the VM's life began or the device was plugged in. All of
 * it only grows. What the hypervisor does not tell is absent.
 *
 * @param bytes as the guest asked for them
 * @param operations how many requests of the guest that took
 * @param nanos how long those requests took, added up; requests that run at once count each
 */
public record IoCounters(OptionalLong bytes, OptionalLong operations, OptionalLong nanos) {
    /** Of a device all of whose counters are known. */
    public IoCounters(long bytes, long operations, long nanos) {
        this(OptionalLong.of(bytes), OptionalLong.of(operations), OptionalLong.of(nanos));
    }

    boolean continues(IoCounters earlier) {
        return !Counter.fell(earlier.bytes, bytes)
                && !Counter.fell(earlier.operations, operations)
                && !Counter.fell(earlier.nanos, nanos);
    }

    static IoCounters meanOf(List<IoCounters> all) {
        return new IoCounters(
                Mean.ofPresent(all, IoCounters::bytes),
                Mean.ofPresent(all, IoCounters::operations),
                Mean.ofPresent(all, IoCounters::nanos));
    }
}
