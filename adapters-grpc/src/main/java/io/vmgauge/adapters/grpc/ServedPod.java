package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The CPU time that was last told of one pod with a VM among its containers: what the runtime says, and what the VMs used
 * beyond what the runtime says of their containers. A pod's time is that of its VMs, which are measured at other times
 * than its cgroup, so it stands still with them, and so does the total: a runtime reads a pod before its containers, and
 * the difference would fall by what was used in between.
 */
final class ServedPod {
    /** What the next life of vmgauge has to know. */
    record Kept(long gone, long nanos, long time) {}

    private final Map<String, Long> beyond = new HashMap<>();
    /** Likewise of VMs whose containers run no more: a pod's total keeps what they used. */
    private long gone;

    private Optional<CpuUsage> told = Optional.empty();
    private Optional<Instant> seen = Optional.empty();

    ServedPod() {}

    ServedPod(Kept kept) {
        gone = kept.gone;
        told = Optional.of(CpuUsage.newBuilder()
                .setTimestamp(kept.time)
                .setUsageCoreNanoSeconds(Merge.value(kept.nanos))
                .build());
    }

    Optional<Kept> kept() {
        return told.map(cpu -> new Kept(gone, nanos(cpu), cpu.getTimestamp()));
    }

    /** @param running those of its containers that are VMs and run; the others will never run again */
    void keep(Set<String> running) {
        Map<String, Long> ended = new HashMap<>(beyond);
        ended.keySet().removeAll(running);
        beyond.keySet().retainAll(running);
        gone += Math.max(0, ended.values().stream().mapToLong(Long::longValue).sum());
    }

    /**
     * Puts the total into the pod.
     *
     * @param pod its containers as they are told now
     * @param before the same as the runtime told them
     * @param vms the places of those whose CPU is a VM's
     */
    void total(LinuxPodSandboxStats.Builder pod, List<ContainerStats> before, List<Integer> vms) {
        vms.forEach(place -> look(pod.getContainers(place), before.get(place).getCpu()));
        if (beyond.isEmpty() && gone == 0) {
            return;
        }
        long time = time(pod, vms);
        if (told.isEmpty()) {
            // What the runtime told before was no more, and no later.
            told = Optional.of(next(pod, Math.max(time, pod.getCpu().getTimestamp()), before, pod.getCpu()));
        } else if (ServedCpu.follows(instant(time), instant(told.get().getTimestamp()), seen)) {
            told = Optional.of(next(pod, time, before, told.get()));
        }
        seen = Optional.of(instant(time));
        CpuUsage.Builder cpu = pod.getCpuBuilder().clearUsageNanoCores();
        told.ifPresent(cpu::mergeFrom);
    }

    private void look(ContainerStats vm, CpuUsage runtimes) {
        String id = vm.getAttributes().getId();
        // Should the runtime tell none for once, its total still has that of before.
        if (runtimes.hasUsageCoreNanoSeconds() || !beyond.containsKey(id)) {
            beyond.put(id, nanos(vm.getCpu()) - nanos(runtimes));
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
                .setUsageCoreNanoSeconds(Merge.value(Math.max(Math.max(together, total), nanos(last))));
        Merge.rate(pod.getCpu(), before, pod.getContainersList())
                .ifPresent(rate -> next.setUsageNanoCores(Merge.value(rate)));
        return next.build();
    }

    /** The mean of its VMs', which grows whenever one of theirs does; the runtime's when they have all ended. */
    private static long time(LinuxPodSandboxStats.Builder pod, List<Integer> vms) {
        return Merge.mean(vms, place -> pod.getContainers(place).getCpu().getTimestamp())
                .orElse(pod.getCpu().getTimestamp());
    }

    private static long nanos(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }
}
