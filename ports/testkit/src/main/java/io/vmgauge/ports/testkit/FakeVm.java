package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.DnsName;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.ports.outbound.Measurement.Measured;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** One VM of a {@link FakeHypervisor}, which guards it. */
final class FakeVm {
    private static final long MEBIBYTE = 1 << 20;

    final Map<Metric, Function<Moment, ? extends Sample<?>>> reports = new EnumMap<>(Metric.class);
    Placement placement;
    List<DiskImage> disks;

    private final VmId id;
    private final String name;
    private VmState state = VmState.STOPPED;
    private Incarnation incarnation = new Incarnation(-1);
    private Optional<Instant> started = Optional.empty();

    FakeVm(VmId id, String name, Placement placement, long incarnation) {
        this.id = id;
        this.name = name;
        this.placement = placement;
        this.disks = List.of(new DiskImage("/images/" + name, "qcow2"));
        start(incarnation);
    }

    /** The container "vm" of a pod of its own, which has the VM's name, in the namespace "default". */
    static Placement anyPlacement(VmId vm, String name) {
        String pod = DnsName.nearest(name, UUID.fromString(vm.value()));
        PodSandbox sandbox = new PodSandbox(
                new PodSandboxId("sandbox-of-" + pod), "default", pod, "uid-of-" + pod, 0, Map.of(), Map.of());
        return new Placement(sandbox, new ContainerId("container-of-" + pod), "vm", 0, "fake/vm");
    }

    void start(long number) {
        if (isMeasured()) {
            throw new IllegalStateException(name + " runs already");
        }
        state = VmState.RUNNING;
        incarnation = new Incarnation(number);
        started = Optional.empty();
        InterfaceCounters tap = new InterfaceCounters("tap-" + name, new Traffic(0, 0, 0, 0), new Traffic(0, 0, 0, 0));
        reports.put(Metric.CPU, at -> new CpuSample(at, 0));
        reports.put(Metric.NETWORK, at -> new NetworkSample(at, List.of(tap)));
        reports.put(Metric.MEMORY, at -> new MemorySample(at, 64 * MEBIBYTE, 0));
        reports.put(
                Metric.GUEST_MEMORY,
                at -> new GuestMemorySample(at, OptionalLong.of(128 * MEBIBYTE), Optional.empty()));
        reports.put(Metric.DISK, at -> new DiskSample(at, MEBIBYTE));
        IoCounters nothing = new IoCounters(0, 0, 0);
        DeviceIo disk = new DeviceIo("vda", nothing, nothing, OptionalLong.of(0), OptionalLong.of(0));
        reports.put(Metric.BLOCK_IO, at -> new BlockIoSample(at, List.of(disk)));
    }

    void started(Instant when) {
        started = Optional.of(when);
    }

    void comeIn() {
        state = VmState.STARTING;
    }

    Incarnation incarnation() {
        return incarnation;
    }

    void stop() {
        state = VmState.STOPPED;
    }

    void pause(boolean paused) {
        if (!isMeasured()) {
            throw new IllegalStateException(name + " does not run");
        }
        state = paused ? VmState.PAUSED : VmState.RUNNING;
    }

    boolean isMeasured() {
        return state.isMeasured();
    }

    Vm listed() {
        return new Vm(id, name, incarnation, started.filter(time -> isMeasured()), state, placement, disks);
    }

    Measured measured(Moment asked, Set<Metric> metrics) {
        List<Sample<?>> samples = new ArrayList<>();
        reports.forEach((metric, report) -> {
            if (metrics.contains(metric)) {
                samples.add(report.apply(asked));
            }
        });
        return new Measured(id, incarnation, samples);
    }
}
