package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.testkit.VmCatalogContract;
import io.vmgauge.ports.testkit.VmMeterContract;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.libvirt.Connect;
import org.libvirt.Domain;

class TestDriverContractTest implements VmCatalogContract, VmMeterContract {
    @Override
    public TestDriverLab lab() {
        return new TestDriverLab();
    }

    @Test
    void aRestartHasTheDefinitionReadAnewAtOnce() {
        PodSandbox pod = new PodSandbox(new PodSandboxId("s"), "shop", "web-0", "u", 0, Map.of(), Map.of());
        Placement placement = new Placement(pod, new ContainerId("c"), "vm", 0, "debian:12");
        try (TestDriverLab lab = lab()) {
            VmId vm = lab.add("moved");
            assertEquals("moved", find(lab, vm).placement().sandbox().name());

            lab.redefine(vm, "moved", placement);
            lab.stop(vm);
            lab.start(vm);

            assertEquals(placement, find(lab, vm).placement());
        }
    }

    @Test
    void appliancesOfLibguestfsAreNeitherListedNorMeasured() throws Exception {
        Connect libguestfs = new Connect("test:///default");
        try (TestDriverLab lab = lab()) {
            Domain appliance = libguestfs.domainCreateXML(
                    """
                    <domain type='test'><name>guestfs-0123456789abcdef</name><memory>65536</memory><vcpu>1</vcpu>
                    <os><type>hvm</type></os></domain>""",
                    0);
            try {
                VmId vm = new VmId(appliance.getUUIDString());
                assertFalse(lab.hypervisor().catalog().list().stream()
                        .anyMatch(listed -> listed.id().equals(vm)));
                assertFalse(lab.hypervisor().meter().measureAll(EnumSet.of(Metric.CPU, Metric.NETWORK)).stream()
                        .anyMatch(measured -> measured.vm().equals(vm)));
            } finally {
                appliance.destroy();
                appliance.free();
            }
        } finally {
            libguestfs.close();
        }
    }

    private static Vm find(TestDriverLab lab, VmId vm) {
        return lab.hypervisor().catalog().list().stream()
                .filter(v -> v.id().equals(vm))
                .findAny()
                .orElseThrow();
    }
}
