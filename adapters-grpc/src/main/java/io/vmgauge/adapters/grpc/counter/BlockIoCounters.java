package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.usage.BlockIoUsage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The counters of a VM's block devices. None of them falls while its device is there. */
final class BlockIoCounters {
    private final Map<String, List<MonotonicCounter>> devices = new HashMap<>();

    /** What comes next are the counters of another VM. */
    void beginAnew() {
        devices.values().forEach(counters -> counters.forEach(MonotonicCounter::beginAnew));
    }

    /**
     * The usage with counters that do not fall. A device that is gone is forgotten: one that comes later with its name
     * is another.
     */
    BlockIoUsage follow(BlockIoUsage io) {
        devices.keySet().retainAll(io.devices().stream().map(DeviceIo::device).toList());
        return new BlockIoUsage(
                io.timestamp(), io.devices().stream().map(this::follow).toList());
    }

    private DeviceIo follow(DeviceIo now) {
        List<MonotonicCounter> of = devices.computeIfAbsent(
                now.device(),
                device -> Stream.generate(MonotonicCounter::new).limit(8).toList());
        return new DeviceIo(
                now.device(),
                follow(now.read(), of.subList(0, 3)),
                follow(now.written(), of.subList(3, 6)),
                of.get(6).follow(now.flushes()),
                of.get(7).follow(now.flushNanos()));
    }

    private static IoCounters follow(IoCounters now, List<MonotonicCounter> of) {
        return new IoCounters(
                of.get(0).follow(now.bytes()),
                of.get(1).follow(now.operations()),
                of.get(2).follow(now.nanos()));
    }
}
