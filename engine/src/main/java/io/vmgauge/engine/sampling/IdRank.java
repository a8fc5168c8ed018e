package io.vmgauge.engine.sampling;

import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import java.util.Optional;

/**
 * In which order VMs are given their ids. Those of the same rank have the same right.
 *
 * @param own whether its ids are made of the VM's own id, which nobody can choose
 * @param since the round since which it holds its ids
 * @param renamed whether its pod has another name than before
 */
record IdRank(boolean own, long since, boolean renamed) implements Comparable<IdRank> {
    /** @param known the VM as it was in the round before */
    static IdRank of(Vm vm, Optional<TrackedVm> known) {
        PodSandbox sandbox = vm.placement().sandbox();
        return known.filter(before -> before.hasIdsOf(vm))
                .map(before -> new IdRank(
                        isOwn(vm),
                        before.heldSince(),
                        !before.vm().placement().sandbox().isSamePodAs(sandbox)))
                .orElse(new IdRank(isOwn(vm), Long.MAX_VALUE, false));
    }

    /** Both ids: with one of them its own, a VM could take another that is not. */
    private static boolean isOwn(Vm vm) {
        String id = vm.id().value();
        PodSandbox sandbox = vm.placement().sandbox();
        return vm.placement().container().value().equals(id)
                && sandbox.uid().equals(id)
                && sandbox.id().equals(PodSandboxId.madeOf(id));
    }

    @Override
    public int compareTo(IdRank other) {
        int byOwn = Boolean.compare(other.own, own);
        int bySince = byOwn == 0 ? Long.compare(since, other.since) : byOwn;
        return bySince == 0 ? Boolean.compare(renamed, other.renamed) : bySince;
    }
}
