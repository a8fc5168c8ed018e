package io.vmgauge.domain.sample;

import java.util.List;
import java.util.OptionalLong;

/**
 * What has passed a network interface in one direction since the interface was made. All of it only grows.
 *
 * @param bytes always known
 * @param packets absent if nobody counts them
 * @param errors packets that were lost for a fault; absent if nobody counts them
 * @param drops packets that were lost for want of room; absent if nobody counts them
 */
public record Traffic(long bytes, OptionalLong packets, OptionalLong errors, OptionalLong drops) {
    /** Of an interface all of whose counters are known. */
    public Traffic(long bytes, long packets, long errors, long drops) {
        this(bytes, OptionalLong.of(packets), OptionalLong.of(errors), OptionalLong.of(drops));
    }

    boolean continues(Traffic earlier) {
        return bytes >= earlier.bytes
                && !Counter.fell(earlier.packets, packets)
                && !Counter.fell(earlier.errors, errors)
                && !Counter.fell(earlier.drops, drops);
    }

    static Traffic meanOf(List<Traffic> all) {
        return new Traffic(
                Mean.of(all, Traffic::bytes),
                Mean.ofPresent(all, Traffic::packets),
                Mean.ofPresent(all, Traffic::errors),
                Mean.ofPresent(all, Traffic::drops));
    }
}
