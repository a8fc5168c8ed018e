package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.HostCheck.Remark;
import io.vmgauge.adapters.libvirt.binding.VirtException;
import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.metering.BulkMeasurement;
import io.vmgauge.adapters.libvirt.metering.KernelMeasurement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What an operator should know of where a VM's numbers come from: the kernel, or libvirtd, and why. */
final class KernelRemarks {
    private static final Set<Metric> TOGETHER = EnumSet.of(Metric.CPU, Metric.NETWORK);

    private final boolean isSimulated;
    private final Map<VmId, Set<Metric>> told;

    private KernelRemarks(boolean isSimulated, Map<VmId, Set<Metric>> told) {
        this.isSimulated = isSimulated;
        this.told = told;
    }

    /**
     * Measures all VMs once by libvirtd, so that it is known whose the counters of the kernel are, and then by the
     * kernel.
     */
    static KernelRemarks measured(Connection connection, BulkMeasurement bulk, KernelMeasurement kernel)
            throws VirtException {
        bulk.measure(connection, TOGETHER);
        return new KernelRemarks(
                connection.isSimulated(),
                kernel.measure(EnumSet.allOf(Metric.class)).stream()
                        .collect(Collectors.toMap(one -> one.vm(), one -> one.samples().stream()
                                .map(Sample::metric)
                                .collect(Collectors.toSet()))));
    }

    /** Of one VM that runs. */
    List<Remark> of(VmId vm) {
        return isSimulated ? List.of() : of(told.getOrDefault(vm, Set.of()));
    }

    /** @param told what the kernel tells of a VM; nothing if its process cannot be seen */
    static List<Remark> of(Set<Metric> told) {
        if (told.isEmpty()) {
            return List.of(
                    new Remark(
                            Level.HINT,
                            "is measured through libvirtd alone, since its process cannot be seen here: its numbers stand still"
                                    + " while libvirtd hangs",
                            "run vmgauge on the host of the VMs and let it see its processes: no hidepid on /proc, hostPID in a pod"));
        }
        List<Remark> all = new ArrayList<>();
        if (!told.contains(Metric.CPU)) {
            all.add(new Remark(
                    Level.HINT,
                    "has its CPU time from libvirtd, since its cgroup cannot be found here",
                    "let vmgauge see the host's /sys/fs/cgroup"));
        }
        if (!told.contains(Metric.NETWORK)) {
            all.add(new Remark(
                    Level.HINT,
                    "has its network from libvirtd: not all its interfaces are tap or macvtap devices that are seen here",
                    "let vmgauge run in the network namespace of libvirtd: hostNetwork in a pod"));
        }
        if (all.isEmpty()) {
            all.add(new Remark(
                    Level.GOOD,
                    "has its CPU time, host memory and network from the kernel: libvirtd cannot delay them",
                    ""));
        }
        return all;
    }
}
