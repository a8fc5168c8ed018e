package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.HostCheck.Remark;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelRemarksTest {
    private static final Set<Metric> ALL = EnumSet.of(Metric.CPU, Metric.MEMORY, Metric.NETWORK);

    @Test
    void aVmOfWhichTheKernelTellsAllIsSaidToBeIndependentOfLibvirtd() {
        assertEquals(
                List.of(new Remark(
                        Level.GOOD,
                        "has its CPU time, host memory and network from the kernel: libvirtd cannot delay them",
                        "")),
                KernelRemarks.of(ALL));
    }

    @Test
    void whatIsMissingIsSaidEachWithItsRemedy() {
        assertHint(EnumSet.of(Metric.MEMORY, Metric.NETWORK), "CPU time from libvirtd", "/sys/fs/cgroup");
        assertHint(EnumSet.of(Metric.MEMORY, Metric.CPU), "network from libvirtd", "hostNetwork");
        assertHint(Set.of(), "its process cannot be seen here", "hostPID");
        assertEquals(2, KernelRemarks.of(EnumSet.of(Metric.MEMORY)).size());
    }

    private static void assertHint(Set<Metric> told, String what, String remedy) {
        List<Remark> remarks = KernelRemarks.of(told);
        assertEquals(1, remarks.size());
        assertEquals(Level.HINT, remarks.get(0).level());
        assertTrue(remarks.get(0).what().contains(what), remarks.get(0).what());
        assertTrue(remarks.get(0).remedy().contains(remedy), remarks.get(0).remedy());
    }
}
