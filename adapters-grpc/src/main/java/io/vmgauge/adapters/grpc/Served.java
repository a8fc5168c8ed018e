package io.vmgauge.adapters.grpc;

import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.Optional;

/**
 * What was last served of one container that is a VM. Its CPU time never falls while the container lives, though the VM
 * may start anew or the container's cgroup may have been served before; what is no longer known is served again with its
 * old timestamp.
 */
final class Served {
    /** Added to the VM's own counter. */
    private long baseline;

    private long counter;
    private Usage last = new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** @param cgroupNanos the CPU time that the runtime tells of the container */
    Usage next(Usage now, long cgroupNanos) {
        last = new Usage(
                now.cpu().map(cpu -> next(cpu, cgroupNanos)).or(last::cpu),
                now.memory().or(last::memory),
                now.network().or(last::network),
                now.disk().or(last::disk));
        return last;
    }

    private CpuUsage next(CpuUsage cpu, long cgroupNanos) {
        Optional<CpuUsage> before = last.cpu();
        if (before.isEmpty()) {
            baseline = Math.max(0, cgroupNanos - cpu.usageNanos());
        } else if (!cpu.timestamp().isAfter(before.get().timestamp())) {
            return before.get();
        } else if (cpu.usageNanos() < counter) {
            baseline += counter;
        }
        counter = cpu.usageNanos();
        return new CpuUsage(cpu.timestamp(), baseline + counter, cpu.nanoCores());
    }
}
