package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.NetworkUsage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The counters of a VM's network interfaces. None of them falls while its interface is there. */
final class NetworkCounters {
    private final Map<String, List<MonotonicCounter>> interfaces = new HashMap<>();

    /** What comes next are the counters of another VM. */
    void beginAnew() {
        interfaces.values().forEach(counters -> counters.forEach(MonotonicCounter::beginAnew));
    }

    /** The usage with counters that do not fall. An interface that is gone is forgotten: one that comes later with its name is another. */
    NetworkUsage follow(NetworkUsage network) {
        interfaces
                .keySet()
                .retainAll(network.interfaces().stream()
                        .map(InterfaceCounters::name)
                        .toList());
        return new NetworkUsage(
                network.timestamp(),
                network.interfaces().stream().map(this::follow).toList());
    }

    private InterfaceCounters follow(InterfaceCounters now) {
        List<MonotonicCounter> of = interfaces.computeIfAbsent(
                now.name(),
                name -> Stream.generate(MonotonicCounter::new).limit(8).toList());
        return new InterfaceCounters(
                now.name(), follow(now.received(), of.subList(0, 4)), follow(now.sent(), of.subList(4, 8)));
    }

    private static Traffic follow(Traffic now, List<MonotonicCounter> of) {
        return new Traffic(
                of.get(0).follow(now.bytes()),
                of.get(1).follow(now.packets()),
                of.get(2).follow(now.errors()),
                of.get(3).follow(now.drops()));
    }
}
