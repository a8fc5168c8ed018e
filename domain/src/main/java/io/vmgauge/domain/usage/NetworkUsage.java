package io.vmgauge.domain.usage;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.NetworkSample;
import java.time.Instant;
import java.util.List;

/**
 * Network as it is served.
 *
 * @param interfaces in the order of the VM's definition; empty if the VM has none with counters
 */
public record NetworkUsage(Instant timestamp, List<InterfaceCounters> interfaces) {
    public NetworkUsage {
        interfaces = List.copyOf(interfaces);
    }

    static NetworkUsage of(Answer<NetworkSample> answer) {
        return new NetworkUsage(answer.timestamp(), answer.mean().interfaces());
    }

    static NetworkUsage total(List<NetworkUsage> all) {
        return new NetworkUsage(
                Total.timestamp(all, NetworkUsage::timestamp),
                all.stream().flatMap(u -> u.interfaces().stream()).toList());
    }
}
