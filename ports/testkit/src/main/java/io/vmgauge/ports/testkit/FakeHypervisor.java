package io.vmgauge.ports.testkit;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.DiskImage;
import io.vmgauge.domain.identity.DnsName;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Unresponsive;
import io.vmgauge.ports.outbound.TimeSource;
import io.vmgauge.ports.outbound.VmCatalog;
import io.vmgauge.ports.outbound.VmMeter;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Hypervisor;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A hypervisor in memory that does what tests tell it, for tests of what stands above the ports. It keeps the contracts,
 * which is tested like any adapter's.
 *
 * <p>Tests add VMs, run them through their lives, set what they report, make one stuck, hold calls of one kind, or let the
 * whole thing fail; and they see how many calls came and how many wait. Any thread may do all of this at any time. A new
 * VM runs, has one network interface and one disk (the qcow2 file /images/NAME), and all its counters stand at zero until a
 * test sets them; a start sets them back to zero.
 *
 * <p>Long because it is two ports and their script in one: state that is shared under one monitor is easiest to trust in
 * one place.
 */
public final class FakeHypervisor implements Hypervisor {
    /** The kinds of calls that can be held and counted. */
    public enum Call {
        /** {@link VmCatalog#list}. */
        LIST,
        /** {@link VmMeter#measureAll}. */
        MEASURE_ALL,
        /** {@link VmMeter#measure}. */
        MEASURE
    }

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final Set<Metric> TOGETHER = Set.of(Metric.CPU, Metric.NETWORK);

    private final TimeSource time;
    private final Map<VmId, FakeVm> vms = new LinkedHashMap<>();
    private final Set<VmId> stuck = new HashSet<>();
    private final Map<VmId, String> refusing = new LinkedHashMap<>();
    private final Set<Call> held = EnumSet.noneOf(Call.class);
    private final Map<Call, Integer> calls = new EnumMap<>(Call.class);
    private final Map<Call, Integer> waiting = new EnumMap<>(Call.class);
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
        held.clear();
        stuck.clear();
        notifyAll();
    }

    // What happens to VMs.

    /** A new VM that runs, as the container "vm" of a pod of its own that has its name, in the namespace "default". */
    public synchronized VmId add(String name) {
        return add(name, anyPlacement(nextId(), name));
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

    /** One that was removed comes back, as out of a migration: with its id, and with counters at zero. */
    public synchronized void arrive(VmId vm, String name, Placement placement) {
        vms.put(vm, new FakeVm(vm, name, placement, ++incarnations));
    }

    /** It ends; its definition stays. */
    public synchronized void stop(VmId vm) {
        vm(vm).stop();
    }

    /** Another life of the VM: another incarnation, all counters at zero. */
    public synchronized void start(VmId vm) {
        vm(vm).start(++incarnations);
    }

    /** Stopped and started between two looks. */
    public synchronized void restart(VmId vm) {
        stop(vm);
        start(vm);
    }

    /**
     * Likewise, but with the incarnation that it had: of a hypervisor that cannot tell. No adapter that can does so.
     */
    public synchronized void restartUnnoticed(VmId vm) {
        stop(vm);
        vm(vm).start(vm(vm).incarnation().number());
    }

    /** A new VM that does not run here yet, as one that comes in by a live migration. It runs after {@link #start}. */
    public synchronized VmId addStarting(String name) {
        VmId vm = add(name);
        vm(vm).comeIn();
        return vm;
    }

    /** It runs, but is held. */
    public synchronized void pause(VmId vm) {
        vm(vm).pause(true);
    }

    /** It runs on. */
    public synchronized void resume(VmId vm) {
        vm(vm).pause(false);
    }

    /** It is gone for good; calls that wait for it return. */
    public synchronized void remove(VmId vm) {
        vms.remove(vm);
        stuck.remove(vm);
        refusing.remove(vm);
        notifyAll();
    }

    /** Its definition now says something else. */
    public synchronized void place(VmId vm, Placement placement) {
        vm(vm).placement = placement;
    }

    /** Its definition cannot be used any more: it is placed as {@link #add(String)} would, and has no disks. */
    public synchronized void spoil(VmId vm) {
        FakeVm spoilt = vm(vm);
        spoilt.placement = anyPlacement(vm, spoilt.listed().name());
        spoilt.disks = List.of();
    }

    /** Its definition now has these disks of its own. */
    public synchronized void disks(VmId vm, List<DiskImage> disks) {
        vm(vm).disks = List.copyOf(disks);
    }

    // What VMs report.

    /** Its CPU counter's new value. */
    public void cpu(VmId vm, long usageNanos) {
        report(vm, Metric.CPU, at -> new CpuSample(at, usageNanos));
    }

    /** Nothing but what the hypervisor's process holds. */
    public void memory(VmId vm, long residentBytes) {
        report(vm, Metric.MEMORY, at -> new MemorySample(at, residentBytes, OptionalLong.empty(), 0, Optional.empty()));
    }

    /** Its network counters' new values. */
    public void network(VmId vm, List<InterfaceCounters> interfaces) {
        report(vm, Metric.NETWORK, at -> new NetworkSample(at, interfaces));
    }

    /** What its own disks take now. */
    public void disk(VmId vm, long usedBytes) {
        report(vm, Metric.DISK, at -> new DiskSample(at, usedBytes));
    }

    /**
     * Any sample, until the VM's next start.
     *
     * @param sample makes it, given the time of the question
     */
    public synchronized void report(VmId vm, Metric metric, Function<Moment, ? extends Sample<?>> sample) {
        vm(vm).reports.put(metric, sample);
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

    /** Every call throws {@link HypervisorException} with this message until {@link #recover()}. */
    public synchronized void breakDown(String message) {
        outage = message;
    }

    /** The end of {@link #breakDown}. */
    public synchronized void recover() {
        outage = null;
    }

    /** Calls of these kinds wait until {@link #letGo}, as when the hypervisor's management daemon hangs. */
    public synchronized void hold(Call... kinds) {
        held.addAll(List.of(kinds));
    }

    /** The end of {@link #hold}, for all kinds. */
    public synchronized void letGo() {
        held.clear();
        notifyAll();
    }

    // What tests may see.

    /** How many calls of this kind have begun. */
    public synchronized int calls(Call kind) {
        return calls.getOrDefault(kind, 0);
    }

    /** How many calls of this kind wait, being held or asking a stuck VM. */
    public synchronized int waiting(Call kind) {
        return waiting.getOrDefault(kind, 0);
    }

    /** Returns as soon as so many calls of this kind wait; fails after ten seconds. */
    public void awaitWaiting(Call kind, int number) {
        await(number + " waiting calls of " + kind, () -> waiting(kind) >= number);
    }

    /** Returns as soon as so many calls of this kind have begun; fails after ten seconds. */
    public void awaitCalls(Call kind, int number) {
        await(number + " calls of " + kind, () -> calls(kind) >= number);
    }

    /** Whether {@link #close} was called. */
    public synchronized boolean isClosed() {
        return closed;
    }

    // The ports.

    private synchronized List<Vm> list() {
        begin(Call.LIST);
        waitWhile(Call.LIST, () -> held.contains(Call.LIST));
        failIfDown();
        return vms.values().stream().map(FakeVm::listed).toList();
    }

    private synchronized List<Measurement> measureAll(Set<Metric> metrics) {
        Moment asked = time.now();
        begin(Call.MEASURE_ALL);
        waitWhile(Call.MEASURE_ALL, () -> held.contains(Call.MEASURE_ALL));
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
        begin(Call.MEASURE);
        failIfDown();
        waitWhile(Call.MEASURE, () -> held.contains(Call.MEASURE) || stuck.contains(id));
        failIfDown();
        FakeVm vm = vms.get(id);
        if (vm == null || !vm.isMeasured()) {
            return new Gone(id);
        }
        String why = refusing.get(id);
        return why == null ? vm.measured(asked, metrics) : new Unresponsive(id, why);
    }

    private void begin(Call kind) {
        calls.merge(kind, 1, Integer::sum);
        notifyAll();
    }

    /** Not to be interrupted, since real calls are not. */
    private void waitWhile(Call kind, Condition condition) {
        boolean interrupted = false;
        waiting.merge(kind, 1, Integer::sum);
        // Once: several who wait would wake each other for ever, and nobody else would get a word in.
        notifyAll();
        while (condition.holds()) {
            try {
                wait();
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        waiting.merge(kind, -1, Integer::sum);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void await(String what, Condition condition) {
        try {
            for (int waits = 0; !condition.holds(); waits++) {
                if (waits == LONGEST_WAIT.toMillis()) {
                    throw new AssertionError("no " + what + " within " + LONGEST_WAIT.toSeconds() + " s");
                }
                wait(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + what, e);
        }
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

    private static Placement anyPlacement(VmId vm, String name) {
        String pod = DnsName.nearest(name, UUID.fromString(vm.value()));
        PodSandbox sandbox = new PodSandbox(
                new PodSandboxId("sandbox-of-" + pod), "default", pod, "uid-of-" + pod, 0, Map.of(), Map.of());
        return new Placement(sandbox, new ContainerId("container-of-" + pod), "vm", 0, "fake/vm");
    }

    private interface Condition {
        boolean holds();
    }
}
