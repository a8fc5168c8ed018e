package io.vmgauge.adapters.grpc.counter;

import io.vmgauge.adapters.grpc.mapping.SandboxTotal;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What was last told of each container that is a VM, and of their pods. A reader takes a counter that falls for one that
 * began anew, so this outlives the process in a {@link CounterStateFile}. Used on the event loop only.
 */
public final class CounterState {
    private final Map<String, ContainerCounters> containers = new HashMap<>();
    private final Map<String, PodCounter> pods = new HashMap<>();
    private final Runnable changed;

    /**
     * Knows nothing yet.
     *
     * @param changed runs whenever something else was told
     */
    public CounterState(Runnable changed) {
        this.changed = changed;
    }

    public ContainerCounters container(String id) {
        changed.run();
        return containers.computeIfAbsent(id, unknown -> new ContainerCounters());
    }

    public PodCounter pod(String id) {
        changed.run();
        return pods.computeIfAbsent(id, unknown -> new PodCounter());
    }

    /** Whether the runtime's stats have to be asked for, because nothing is known of those containers yet. */
    public boolean lacksRuntime(Set<String> running) {
        for (String id : running) {
            ContainerCounters served = containers.get(id);
            if (served == null || served.cpu().lacksRuntime(VmReading.State.RUNNING)) {
                return true;
            }
        }
        return false;
    }

    /** Whether that pod has, or had, a VM among its containers. */
    public boolean hasPod(String id) {
        return pods.containsKey(id);
    }

    public boolean isEmpty() {
        return containers.isEmpty() && pods.isEmpty();
    }

    /**
     * Forgets all other containers and pods.
     *
     * @param running the containers that are VMs
     * @param ready the pods
     */
    public void keep(Set<String> running, Set<String> ready) {
        containers.keySet().retainAll(running);
        pods.keySet().retainAll(ready);
        pods.values().forEach(pod -> pod.keep(running));
    }

    /**
     * What the next life of vmgauge has to know.
     *
     * @param vms which VM each container is
     */
    public Kept kept(Map<String, String> vms) {
        Map<String, CpuCounter.Kept> some = new HashMap<>();
        containers.forEach((id, served) -> {
            String vm = vms.get(id);
            if (vm != null) {
                served.cpu().kept(vm).ifPresent(kept -> some.put(id, kept));
            }
        });
        Map<String, PodCounter.Kept> more = new HashMap<>();
        pods.forEach((id, pod) -> pod.kept().ifPresent(kept -> more.put(id, kept)));
        return new Kept(some, more, Map.of());
    }

    /** Goes on from what an earlier life of vmgauge told. */
    public void restore(Kept kept) {
        kept.containers.forEach((id, cpu) -> containers.put(id, new ContainerCounters(cpu)));
        kept.pods.forEach((id, pod) -> pods.put(id, new PodCounter(pod)));
    }

    /**
     * What the next life of vmgauge has to know, by the ids of the containers and of the pods.
     *
     * @param sandboxes the pods that vmgauge serves itself; the other pods are a runtime's
     */
    public record Kept(
            Map<String, CpuCounter.Kept> containers,
            Map<String, PodCounter.Kept> pods,
            Map<String, SandboxTotal.Kept> sandboxes) {
        public static final Kept NOTHING = new Kept(Map.of(), Map.of(), Map.of());

        public Kept {
            containers = Map.copyOf(containers);
            pods = Map.copyOf(pods);
            sandboxes = Map.copyOf(sandboxes);
        }
    }
}
