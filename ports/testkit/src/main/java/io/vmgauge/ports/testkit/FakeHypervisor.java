package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A hypervisor in memory that does what tests tell it, for tests of code above the ports. It keeps the contracts; a
 * test checks that, as for any adapter.
 *
 * <p>Tests add VMs, run them through their lives, set what they report, make one stuck, hold calls of one kind, or let
 * the whole hypervisor fail. They see how many calls came and how many wait. Any thread may do all of this at any time.
 * A new VM runs and has one network interface and one disk, vda, the qcow2 file /images/NAME. Its counters stand at
 * zero until a test sets them; a start sets them back to zero.
 *
 * <p>Long because it has a method for each thing that a test can do or see.
 */
public final class FakeHypervisor implements Hypervisor {
    /** The kinds of calls that can be held and counted. */
    public enum Call {
        /** {@link VmCatalog#list}. */
        LIST,
        /** {@link VmMeter#measureFromKernel}. */
        MEASURE_FROM_KERNEL,
        /** {@link VmMeter#measureAll}. */
        MEASURE_ALL,
        /** {@link VmMeter#measure}. */
        MEASURE
    }

    private static final Set<Metric> TOGETHER = Set.of(Metric.CPU, Metric.NETWORK);

    private final TimeSource time;
    private final Map<VmId, FakeVm> vms = new LinkedHashMap<>();
    private final Set<VmId> stuck = new HashSet<>();
    private final Map<VmId, Set<Metric>> shownByKernel = new HashMap<>();
    private final Set<Incarnation> known = new HashSet<>();
    private final Map<VmId, String> refusing = new LinkedHashMap<>();
    private final FakeCalls calls = new FakeCalls(this);
    private @Nullable String outage;
    private List<Finding> findings = List.of();
    private boolean closed;
    private int made;
    private long incarnations;

    /** @param time stamps the samples */
    public FakeHypervisor(TimeSource time) {
        this.time = time;
    }

    @Override
    public String description() {
        return "the fake hypervisor";
    }

    @Override
    public VmCatalog catalog() {
        return this::list;
    }

    @Override
    public VmMeter meter() {
        return new VmMeter() {
            @Override
            public Set<Metric> measuredTogether() {
                return TOGETHER;
            }

            @Override
            public List<Measured> measureFromKernel(Set<Metric> metrics) {
                return FakeHypervisor.this.measureFromKernel(metrics);
            }

            @Override
            public List<Measurement> measureAll(Set<Metric> metrics) {
                return FakeHypervisor.this.measureAll(metrics);
            }

            @Override
            public Measurement measure(VmId vm, Set<Metric> metrics) {
                return FakeHypervisor.this.measure(vm, metrics);
            }
        };
    }

    @Override
    public synchronized List<Finding> check() {
        failIfDown();
        return findings;
    }

    /** Lets all calls go. */
    @Override
    public synchronized void close() {
        closed = true;
        stuck.clear();
        calls.letGo();
    }

    // What happens to VMs.

    /** A new VM that runs, as the container "vm" of a pod of its own that has its name, in the namespace "default". */
    public synchronized VmId add(String name) {
        return add(name, FakeVm.anyPlacement(nextId(), name));
    }

    /** A new VM that runs. */
    public synchronized VmId add(String name, Placement placement) {
        VmId id = nextId();
        made++;
        vms.put(id, new FakeVm(id, name, placement, ++incarnations));
        return id;
    }

    private VmId nextId() {
        return new VmId("00000000-0000-4000-8000-%012x".formatted(made + 1));
    }

    /** A VM that was removed comes back, as out of a migration: with its id, and with counters at zero. */
    public synchronized void arrive(VmId vm, String name, Placement placement) {
        vms.put(vm, new FakeVm(vm, name, placement, ++incarnations));
    }

    /** The VM ends; its definition stays. */
    public synchronized void stop(VmId vm) {
        vm(vm).stop();
    }

    /** Another life of the VM: another incarnation, all counters at zero. */
    public synchronized void start(VmId vm) {
        vm(vm).start(++incarnations);
    }

    /** The VM stops and starts between two looks. */
    public synchronized void restart(VmId vm) {
        stop(vm);
        start(vm);
    }

    /** The VM restarts and keeps its incarnation, as on a hypervisor that cannot tell one life from the next. */
    public synchronized void restartUnnoticed(VmId vm) {
        stop(vm);
        vm(vm).start(vm(vm).incarnation().number());
    }

    /** It is told when the present life of the VM began. Of other lives nobody can tell. */
    public synchronized void started(VmId vm, Instant when) {
        vm(vm).started(when);
    }

    /**
     * A new VM that does not run here yet, like one that comes in by a live migration. It runs after {@link #start}.
     */
    public synchronized VmId addStarting(String name) {
        VmId vm = add(name);
        vm(vm).comeIn();
        return vm;
    }

    /** The VM is paused. */
    public synchronized void pause(VmId vm) {
        vm(vm).pause(true);
    }

    /** The VM runs on. */
    public synchronized void resume(VmId vm) {
        vm(vm).pause(false);
    }

    /** The VM is gone for good. Calls that wait for it return. */
    public synchronized void remove(VmId vm) {
        vms.remove(vm);
        stuck.remove(vm);
        refusing.remove(vm);
        notifyAll();
    }

    /** The VM's definition now says this of its pod. */
    public synchronized void place(VmId vm, Placement placement) {
        vm(vm).placement = placement;
    }

    /** The VM's definition cannot be used any more: the VM is placed as by {@link #add(String)}, and has no disks. */
    public synchronized void spoil(VmId vm) {
        FakeVm spoilt = vm(vm);
        spoilt.placement = FakeVm.anyPlacement(vm, spoilt.listed().name());
        spoilt.disks = List.of();
    }

    /** The VM now has these disks of its own. */
    public synchronized void disks(VmId vm, List<DiskImage> disks) {
        vm(vm).disks = List.copyOf(disks);
    }

    // What VMs report.

    /** The new value of the VM's CPU counter. */
    public void cpu(VmId vm, long usageNanos) {
        report(vm, Metric.CPU, at -> new CpuSample(at, usageNanos));
    }

    /** The VM tells only the memory that the hypervisor's process holds. */
    public synchronized void memory(VmId vm, long residentBytes) {
        report(vm, Metric.MEMORY, at -> new MemorySample(at, residentBytes, 0));
        report(vm, Metric.GUEST_MEMORY, at -> new GuestMemorySample(at, OptionalLong.empty(), Optional.empty()));
    }

    /** The new values of the VM's network counters. */
    public void network(VmId vm, List<InterfaceCounters> interfaces) {
        report(vm, Metric.NETWORK, at -> new NetworkSample(at, interfaces));
    }

    /** What the VM's own disks take now. */
    public void disk(VmId vm, long usedBytes) {
        report(vm, Metric.DISK, at -> new DiskSample(at, usedBytes));
    }

    /** The new values of the counters of the VM's block devices. */
    public void blockIo(VmId vm, List<DeviceIo> devices) {
        report(vm, Metric.BLOCK_IO, at -> new BlockIoSample(at, devices));
    }

    /**
     * The VM answers with this sample until its next start.
     *
     * @param sample makes the sample, given the time of the question
     */
    public synchronized void report(VmId vm, Metric metric, Function<Moment, ? extends Sample<?>> sample) {
        vm(vm).reports.put(metric, sample);
    }

    /**
     * The kernel shows these metrics of the VM from now on, through all its lives: of each once it has been listed. It
     * shows none of a new VM.
     */
    public synchronized void showByKernel(VmId vm, Set<Metric> metrics) {
        shownByKernel.put(vm, Set.copyOf(metrics));
    }

    /** The VM cannot tell this metric any more, until its next start. */
    public synchronized void mute(VmId vm, Metric metric) {
        vm(vm).reports.remove(metric);
    }

    /** What {@link #check} says. */
    public synchronized void findings(List<Finding> all) {
        findings = List.copyOf(all);
    }

    // What goes wrong.

    /** Calls of {@link VmMeter#measure} for this VM wait until {@link #release}. */
    public synchronized void stick(VmId vm) {
        stuck.add(vm);
    }

    /** The end of {@link #stick}. */
    public synchronized void release(VmId vm) {
        stuck.remove(vm);
        notifyAll();
    }

    /** {@link VmMeter#measure} answers {@link Unresponsive} for this VM until {@link #recover(VmId)}. */
    public synchronized void refuse(VmId vm, String why) {
        refusing.put(vm, why);
    }

    /** The end of {@link #refuse}. */
    public synchronized void recover(VmId vm) {
        refusing.remove(vm);
    }

    /**
     * Every call but {@link VmMeter#measureFromKernel} throws {@link HypervisorException} with this message until
     * {@link #recover()}.
     */
    public synchronized void breakDown(String message) {
        outage = message;
    }

    /** The end of {@link #breakDown}. */
    public synchronized void recover() {
        outage = null;
    }

    /** Calls of these kinds wait until {@link #letGo}, as when the hypervisor's management daemon hangs. */
    public synchronized void hold(Call... kinds) {
        calls.hold(List.of(kinds));
    }

    /** The end of {@link #hold}, for all kinds. */
    public synchronized void letGo() {
        calls.letGo();
    }

    // What tests may see.

    /** How many calls of this kind have begun. */
    public synchronized int calls(Call kind) {
        return calls.begun(kind);
    }

    /** How many calls of this kind wait because they are held or ask a stuck VM. */
    public synchronized int waiting(Call kind) {
        return calls.waiting(kind);
    }

    /** Returns as soon as so many calls of this kind wait; fails after ten seconds. */
    public void awaitWaiting(Call kind, int number) {
        calls.await(number + " waiting calls of " + kind, () -> waiting(kind) >= number);
    }

    /** Returns as soon as so many calls of this kind have begun; fails after ten seconds. */
    public void awaitCalls(Call kind, int number) {
        calls.await(number + " calls of " + kind, () -> calls(kind) >= number);
    }

    /** Whether {@link #close} was called. */
    public synchronized boolean isClosed() {
        return closed;
    }

    // The ports.

    private synchronized List<Vm> list() {
        calls.begin(Call.LIST);
        calls.waitWhile(Call.LIST, () -> false);
        failIfDown();
        vms.values().forEach(vm -> known.add(vm.incarnation()));
        return vms.values().stream().map(FakeVm::listed).toList();
    }

    private synchronized List<Measured> measureFromKernel(Set<Metric> metrics) {
        Moment asked = time.now();
        calls.begin(Call.MEASURE_FROM_KERNEL);
        calls.waitWhile(Call.MEASURE_FROM_KERNEL, () -> false);
        return vms.values().stream()
                .filter(vm -> vm.isMeasured() && known.contains(vm.incarnation()))
                .map(vm -> vm.measured(asked, shown(vm, metrics)))
                .filter(measured -> !measured.samples().isEmpty())
                .toList();
    }

    private Set<Metric> shown(FakeVm vm, Set<Metric> metrics) {
        Set<Metric> shown = EnumSet.noneOf(Metric.class);
        shown.addAll(metrics);
        shown.retainAll(shownByKernel.getOrDefault(vm.listed().id(), Set.of()));
        return shown;
    }

    private synchronized List<Measurement> measureAll(Set<Metric> metrics) {
        Moment asked = time.now();
        calls.begin(Call.MEASURE_ALL);
        calls.waitWhile(Call.MEASURE_ALL, () -> false);
        failIfDown();
        Set<Metric> taken = EnumSet.noneOf(Metric.class);
        taken.addAll(TOGETHER);
        taken.retainAll(metrics);
        return vms.values().stream()
                .filter(FakeVm::isMeasured)
                .<Measurement>map(vm -> vm.measured(asked, taken))
                .toList();
    }

    private synchronized Measurement measure(VmId id, Set<Metric> metrics) {
        Moment asked = time.now();
        calls.begin(Call.MEASURE);
        failIfDown();
        calls.waitWhile(Call.MEASURE, () -> stuck.contains(id));
        failIfDown();
        FakeVm vm = vms.get(id);
        if (vm == null || !vm.isMeasured()) {
            return new Gone(id);
        }
        String why = refusing.get(id);
        return why == null ? vm.measured(asked, metrics) : new Unresponsive(id, why);
    }

    private void failIfDown() {
        if (outage != null) {
            throw new HypervisorException(outage);
        }
    }

    private FakeVm vm(VmId id) {
        FakeVm vm = vms.get(id);
        if (vm == null) {
            throw new IllegalArgumentException("no VM " + id);
        }
        return vm;
    }
}
