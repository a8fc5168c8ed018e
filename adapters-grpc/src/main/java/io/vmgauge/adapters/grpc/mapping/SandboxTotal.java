package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.domain.usage.CpuUsage;
import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The CPU time that was last told of one pod with several VMs. Neither it nor its time falls while one of the VMs
 * lives: it keeps what ended lives had used, as far as that was told. A total whose time is not newer is not told; the
 * last one is told again.
 */
public final class SandboxTotal {
    /**
     * What the next life of vmgauge has to know.
     *
     * @param ended what ended lives used, in nanoseconds
     * @param nanos what was told last
     * @param time when that was
     * @param counters what was told last of each life that had not ended
     */
    public record Kept(long ended, long nanos, Instant time, Map<String, Long> counters) {
        public Kept {
            counters = Map.copyOf(counters);
        }
    }

    private long ended;
    private Optional<CpuUsage> told = Optional.empty();
    private Optional<Instant> seen = Optional.empty();
    private Map<String, Long> counters = Map.of();

    SandboxTotal() {}

    SandboxTotal(Kept kept) {
        ended = kept.ended;
        counters = kept.counters;
        told = Optional.of(new CpuUsage(kept.time, kept.nanos, OptionalLong.empty()));
    }

    /** Absent if nothing was told. */
    Optional<Kept> kept() {
        return told.map(cpu -> new Kept(ended, cpu.usageNanos(), cpu.timestamp(), counters));
    }

    /**
     * What to tell now.
     *
     * @param now the counters of its VMs that run, by their lives
     * @param running their sum, with its time
     */
    CpuUsage next(Map<String, Long> now, CpuUsage running) {
        if (Collections.disjoint(counters.keySet(), now.keySet())) {
            ended = 0;
            counters = Map.of();
            told = Optional.empty();
        }
        Map<String, Long> gone = new HashMap<>(counters);
        gone.keySet().removeAll(now.keySet());
        ended += gone.values().stream().mapToLong(Long::longValue).sum();
        counters = Map.copyOf(now);
        if (told.isEmpty() || Timestamps.follows(running.timestamp(), told.get().timestamp(), seen)) {
            long least = told.map(CpuUsage::usageNanos).orElse(0L);
            told = Optional.of(new CpuUsage(
                    running.timestamp(), Math.max(least, ended + running.usageNanos()), running.nanoCores()));
        }
        seen = Optional.of(running.timestamp());
        return told.get();
    }
}
