package com.example.foreign;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One VM that always runs and always says the same. */
final class ForeignHypervisor implements Hypervisor, VmCatalog, VmMeter {
    @Override
    public String description() {
        return "the foreign hypervisor";
    }

    private static final VmId ID = new VmId("foreign-1");
    private static final Incarnation LIFE = new Incarnation(1);

    private final Vm vm;
    private final TimeSource time;

    ForeignHypervisor(String pod, TimeSource time) {
        this.time = time;
        PodSandbox sandbox =
                new PodSandbox(new PodSandboxId("foreign-pod"), "abroad", pod, "foreign-uid", 0, Map.of(), Map.of());
        Placement placement = new Placement(sandbox, new ContainerId("foreign-container"), "vm", 0, "foreign");
        this.vm = new Vm(ID, pod, LIFE, Optional.empty(), VmState.RUNNING, placement, List.of());
    }

    @Override
    public VmCatalog catalog() {
        return this;
    }

    @Override
    public VmMeter meter() {
        return this;
    }

    @Override
    public List<Vm> list() {
        return List.of(vm);
    }

    @Override
    public Set<Metric> measuredTogether() {
        return Set.of(Metric.CPU);
    }

    @Override
    public List<Measurement> measureAll(Set<Metric> metrics) {
        return List.of(measured(metrics.contains(Metric.CPU) ? Set.of(Metric.CPU) : Set.of()));
    }

    @Override
    public Measurement measure(VmId id, Set<Metric> metrics) {
        return id.equals(ID) ? measured(metrics) : new Measurement.Gone(id);
    }

    private Measurement measured(Set<Metric> metrics) {
        Moment asked = time.now();
        List<Sample<?>> samples = new ArrayList<>();
        if (metrics.contains(Metric.CPU)) {
            samples.add(new CpuSample(asked, 1_234_567_890));
        }
        if (metrics.contains(Metric.MEMORY)) {
            samples.add(new MemorySample(asked, 64 << 20, 0));
        }
        return new Measurement.Measured(ID, LIFE, samples);
    }

    @Override
    public List<Finding> check() {
        return List.of(new Finding(Finding.Level.GOOD, "foreign", "one machine, as always", ""));
    }

    @Override
    public void close() {}
}
