package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The usage of whole pods that vmgauge serves itself. The CPU time of a pod with several VMs keeps what ended lives of
 * its VMs used, as long as one of its VMs lives. A pod whose VMs have all ended begins anew with the next one. Used on
 * the event loop only.
 */
public final class SandboxTotals {
    private final UsageQueries queries;
    private final Runnable changed;
    /** The pods that have, or had, several VMs, by their ids. */
    private final Map<String, SandboxTotal> several = new HashMap<>();

    /**
     * @param before what an earlier life of vmgauge left, by the pods' ids
     * @param changed runs whenever {@link #kept} changes
     */
    public SandboxTotals(UsageQueries queries, Map<String, SandboxTotal.Kept> before, Runnable changed) {
        this.queries = queries;
        this.changed = changed;
        before.forEach((id, kept) -> several.put(id, new SandboxTotal(kept)));
    }

    /** What the next life of vmgauge has to know. */
    public Map<String, SandboxTotal.Kept> kept() {
        forgetEnded();
        Map<String, SandboxTotal.Kept> all = new HashMap<>();
        several.forEach((id, total) -> total.kept().ifPresent(kept -> all.put(id, kept)));
        return all;
    }

    /** The usage of a pod as a whole. */
    public Usage of(SandboxUsage pod) {
        Usage total = pod.total();
        String id = pod.sandbox().id().value();
        SandboxTotal known = several.get(id);
        if ((known == null && pod.containers().size() == 1) || total.cpu().isEmpty()) {
            return total;
        }
        if (known == null) {
            known = new SandboxTotal();
            several.put(id, known);
        }
        CpuUsage cpu = known.next(counters(pod), total.cpu().get());
        changed.run();
        return new Usage(Optional.of(cpu), total.memory(), total.network(), total.disk(), total.blockIo());
    }

    /** The CPU counter of each of the pod's VMs, by the VM's life. */
    private Map<String, Long> counters(SandboxUsage pod) {
        Map<String, String> lives = new HashMap<>();
        for (KnownVm known :
                queries.inventory(new Selection("", pod.sandbox().id().value(), Map.of()))) {
            lives.put(known.vm().placement().container().value(), InventoryMapping.lifeOf(known));
        }
        Map<String, Long> counters = new HashMap<>();
        pod.containers().forEach(each -> {
            String container = each.placement().container().value();
            each.usage()
                    .cpu()
                    .ifPresent(cpu -> counters.put(lives.getOrDefault(container, container), cpu.usageNanos()));
        });
        return counters;
    }

    /**
     * Forgets pods that have ended. While the hypervisor cannot be asked, nobody knows which have, so none is
     * forgotten.
     */
    private void forgetEnded() {
        if (queries.status().problem().isEmpty()) {
            Set<String> running = queries.inventory(Selection.ALL).stream()
                    .filter(known -> known.vm().state().isMeasured())
                    .map(known -> known.vm().placement().sandbox().id().value())
                    .collect(Collectors.toSet());
            several.keySet().retainAll(running);
        }
    }
}
