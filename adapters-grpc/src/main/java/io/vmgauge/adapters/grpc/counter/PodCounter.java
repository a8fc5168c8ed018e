package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The CPU time that was last told of one pod with a VM among its containers. It is the runtime's value, plus what the
 * VMs used beyond the runtime's values of their containers. Its timestamp is that of the VMs, which are measured at
 * other times than the pod's cgroup. The total stands still while the VMs' values do: a runtime reads a pod before its
 * containers, so the difference would fall by what was used in between.
 */
public final class PodCounter {
    /**
     * What the next life of vmgauge has to know.
     *
     * @param gone what ended VMs used beyond what the runtime says of their containers; may be negative
     * @param nanos what was told last
     * @param time when that was
     * @param beyond as gone, of each container that still is a VM
     */
    public record Kept(long gone, long nanos, long time, Map<String, Long> beyond) {
        public Kept {
            beyond = Map.copyOf(beyond);
        }
    }

    private final Map<String, Long> beyond;
    /** The same of VMs whose containers have ended: a pod's total keeps what they used. */
    private long gone;

    private Optional<CpuUsage> told = Optional.empty();
    private Optional<Instant> seen = Optional.empty();

    PodCounter() {
        beyond = new HashMap<>();
    }

    PodCounter(Kept kept) {
        beyond = new HashMap<>(kept.beyond);
        gone = kept.gone;
        told = Optional.of(CpuUsage.newBuilder()
                .setTimestamp(kept.time)
                .setUsageCoreNanoSeconds(UsageMapping.value(kept.nanos))
                .build());
    }

    Optional<Kept> kept() {
        return told.map(cpu -> new Kept(gone, nanos(cpu), cpu.getTimestamp(), beyond));
    }

    /** @param running those of its containers that are VMs and run; the others will never run again */
    void keep(Set<String> running) {
        Map<String, Long> ended = new HashMap<>(beyond);
        ended.keySet().removeAll(running);
        beyond.keySet().retainAll(running);
        // Also if it is negative: a container's cgroup may count more than its VM, and the pod's cgroup still does.
        gone += ended.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Puts the total into the pod.
     *
     * @param pod its containers as they are told now
     * @param before the same as the runtime told them
     * @param vms the places of those whose CPU is not told as the runtime did
     */
    public void total(LinuxPodSandboxStats.Builder pod, List<ContainerStats> before, List<Integer> vms) {
        for (int i = 0; i < before.size(); i++) {
            look(pod.getContainers(i), before.get(i).getCpu(), vms.contains(i));
        }
        if (beyond.isEmpty() && gone == 0) {
            // All of it is the runtime's. A VM's values will go on from it.
            told = Optional.of(pod.getCpu())
                    .filter(CpuUsage::hasUsageCoreNanoSeconds)
                    .or(() -> told);
            return;
        }
        long time = time(pod, vms);
        if (told.isEmpty()
                || Timestamps.follows(
                        Timestamps.instant(time), Timestamps.instant(told.get().getTimestamp()), seen)) {
            // What the runtime told before was no more, and no later.
            told = Optional.of(next(pod, time, before, told.orElse(pod.getCpu())));
        }
        seen = Optional.of(Timestamps.instant(time));
        told.ifPresent(cpu -> PodTotal.replaceCpu(pod.getCpuBuilder(), cpu));
    }

    private void look(ContainerStats container, CpuUsage runtimes, boolean isVms) {
        String id = container.getAttributes().getId();
        boolean isKnown = beyond.containsKey(id);
        // If the runtime tells none once, its total still has the value of before.
        if ((isVms && !isKnown) || ((isVms || isKnown) && runtimes.hasUsageCoreNanoSeconds())) {
            beyond.put(id, nanos(container.getCpu()) - nanos(runtimes));
        }
    }

    private CpuUsage next(LinuxPodSandboxStats.Builder pod, long time, List<ContainerStats> before, CpuUsage last) {
        long together = 0;
        for (ContainerStats container : pod.getContainersList()) {
            together += nanos(container.getCpu());
        }
        long total = nanos(pod.getCpu()) + gone;
        for (long vms : beyond.values()) {
            total += vms;
        }
        CpuUsage.Builder next = CpuUsage.newBuilder()
                .setTimestamp(time)
                .setUsageCoreNanoSeconds(UsageMapping.value(Math.max(Math.max(together, total), nanos(last))));
        PodTotal.rate(pod.getCpu(), before, pod.getContainersList())
                .ifPresent(rate -> next.setUsageNanoCores(UsageMapping.value(rate)));
        return next.build();
    }

    /** The mean of its VMs' times, which grows when one of them grows; the runtime's time when all VMs have ended. */
    private static long time(LinuxPodSandboxStats.Builder pod, List<Integer> vms) {
        return Timestamps.mean(vms, place -> pod.getContainers(place).getCpu().getTimestamp())
                .orElse(pod.getCpu().getTimestamp());
    }

    private static long nanos(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }
}
