package io.vmgauge.adapters.grpc.overlay;

import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.at;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.pod;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.told;

import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A relay with a VM and a sidecar; the runtime had counted as much CPU time as the VM. */
abstract class MergeRulesFixture {
    static final long VMS = 5_000_000_000L;
    /** The runtime had counted as much as the VM. */
    final OverlayScenario relay =
            new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, VMS));

    static long nanosOf(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }

    // Rule 5: the source stays. Rule 6: counters never fall, times strictly increase.

    /** Of which the relay knows nothing yet. */
    static OverlayScenario unheard(Usage usage) {
        return new OverlayScenario(usage).runs("vm", "sidecar");
    }

    // The VM is gone: that is known, and not a silence.

    OverlayScenario gone() {
        relay.relayed(pod(65, VMS + 100, told("vm", 65, VMS), told("sidecar", 65, 6)));
        relay.queries.remove("vm");
        return relay;
    }

    static Usage guest(double second, long counters) {
        return new Usage(
                Optional.empty(),
                Optional.of(new MemoryUsage(
                        at(second),
                        2048,
                        OptionalLong.empty(),
                        4096,
                        3072,
                        OptionalLong.of(counters),
                        OptionalLong.of(counters),
                        OptionalLong.empty(),
                        Optional.of(new GuestMemory(
                                5120,
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.empty(),
                                OptionalLong.of(counters),
                                OptionalLong.of(counters))))),
                Optional.of(new io.vmgauge.domain.usage.NetworkUsage(
                        at(second),
                        List.of(new InterfaceCounters(
                                "vnet0",
                                new Traffic(counters, counters, counters, counters),
                                new Traffic(counters, counters, counters, counters))))),
                Optional.empty());
    }
}
