package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import java.util.List;
import java.util.Optional;

/** What a lab's catalog lists of one VM. */
final class Listed {
    private Listed() {}

    /** Fails if the VM is missing. */
    static Vm present(HypervisorLab lab, VmId vm) {
        List<Vm> listed = lab.hypervisor().catalog().list();
        return find(listed, vm).orElseThrow(() -> new AssertionError(vm + " is missing in " + listed));
    }

    static Incarnation incarnation(HypervisorLab lab, VmId vm) {
        return present(lab, vm).incarnation();
    }

    static Optional<Vm> find(List<Vm> listed, VmId vm) {
        return listed.stream().filter(v -> v.id().equals(vm)).findAny();
    }
}
