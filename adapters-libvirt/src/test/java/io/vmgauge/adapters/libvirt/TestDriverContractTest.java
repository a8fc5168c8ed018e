package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.testkit.VmCatalogContract;
import io.vmgauge.ports.testkit.VmMeterContract;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** The counters of the test driver are the host's clock, in steps of a microsecond and of ten: they tell when they were read. */
    @Test
    void cpuAndNetworkSamplesCarryATimeBeforeTheCallThatTookThem() {
        try (TestDriverLab lab = lab()) {
            VmId vm = lab.add("stamped");
            VmMeter meter = lab.hypervisor().meter();
            Set<Metric> counters = Set.of(Metric.CPU, Metric.NETWORK);
            for (int i = 0; i < 5; i++) {
                List<Measurement> both = new ArrayList<>(meter.measureAll(counters));
                both.add(meter.measure(vm, counters));
                for (Measurement one : both) {
                    assertInstanceOf(Measured.class, one).samples().forEach(TestDriverContractTest::assertTakenBefore);
                }
            }
        }
    }

    /** Two calls would have two times. */
    @Test
    void oneCallTellsOfTheMemoryOfTheHostAndOfTheGuest() {
        try (TestDriverLab lab = lab()) {
            VmId vm = lab.add("asked-once");
            Measurement measurement =
                    lab.hypervisor().meter().measure(vm, EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY));
            List<Sample<?>> both = assertInstanceOf(Measured.class, measurement).samples();

            MemorySample host = assertInstanceOf(MemorySample.class, both.get(0));
            GuestMemorySample guest = assertInstanceOf(GuestMemorySample.class, both.get(1));
            assertEquals(2, both.size());
            assertEquals(host.takenAt(), guest.takenAt());
            assertTrue(guest.balloonBytes().isPresent(), guest::toString);
        }
    }

    private static void assertTakenBefore(Sample<?> sample) {
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, sample.takenAt().wall());
        if (sample instanceof CpuSample cpu) {
            assertTrue(cpu.usageNanos() / 1000 >= micros, () -> cpu + " is too young");
        }
        if (sample instanceof NetworkSample network) {
            network.interfaces()
                    .forEach(tap -> assertTrue(
                            Math.max(tap.received().bytes(), tap.sent().bytes()) >= micros / 10,
                            () -> network + " is too young"));
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
