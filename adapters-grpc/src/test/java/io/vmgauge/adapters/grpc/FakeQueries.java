package io.vmgauge.adapters.grpc;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.BlockIoUsage;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.DiskUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An agent that tests fill by hand. Any thread may ask it and change it. */
public final class FakeQueries implements UsageQueries {
    public static final Instant SEEN = Instant.parse("2026-01-02T03:04:05.123456789Z");
    public static final Usage NOTHING =
            new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    public static final Usage FULL = usage(SEEN.plusSeconds(60), 5_000_000_000L);

    record Known(KnownVm vm, Usage usage) {}

    private final NavigableMap<String, Known> byContainer = new ConcurrentSkipListMap<>();
    /** Container ids as they came: the first of a pod says what its labels are. */
    private final List<String> inOrder = new CopyOnWriteArrayList<>();

    private final AtomicInteger wakes = new AtomicInteger();

    volatile AgentStatus status = new AgentStatus("1.2.3", Optional.empty(), 2, List.of());
    /** Thrown by every question about usage, if set. */
    public volatile Optional<RuntimeException> mistake = Optional.empty();

    public static Usage usage(Instant at, long cpuNanos) {
        return new Usage(
                Optional.of(new CpuUsage(at, cpuNanos, OptionalLong.of(250_000_000L), OptionalLong.of(3_999_999_999L))),
                Optional.of(new MemoryUsage(
                        at,
                        2048,
                        OptionalLong.of(1024),
                        4096,
                        3072,
                        OptionalLong.of(17),
                        OptionalLong.of(3),
                        OptionalLong.of(6144),
                        Optional.of(new GuestMemory(
                                5120,
                                OptionalLong.of(512),
                                OptionalLong.of(1536),
                                OptionalLong.of(768),
                                OptionalLong.of(17),
                                OptionalLong.of(3))))),
                Optional.of(new NetworkUsage(
                        at,
                        List.of(
                                new InterfaceCounters("vnet0", new Traffic(100, 1, 11, 5), new Traffic(200, 2, 22, 6)),
                                new InterfaceCounters("vnet1", new Traffic(10, 1, 1, 0), new Traffic(20, 2, 2, 0))))),
                Optional.of(
                        new DiskUsage(at, 8192, List.of(new DeviceBytes("vda", 8000), new DeviceBytes("vdb", 192)))),
                Optional.of(new BlockIoUsage(
                        at,
                        List.of(
                                new DeviceIo(
                                        "vda",
                                        new IoCounters(4096, 4, 41),
                                        new IoCounters(512, 5, 51),
                                        OptionalLong.of(6),
                                        OptionalLong.of(61)),
                                new DeviceIo(
                                        "sr0",
                                        new IoCounters(2048, 2, 21),
                                        new IoCounters(0, 0, 0),
                                        OptionalLong.empty(),
                                        OptionalLong.empty())))));
    }

    public static Placement placement(String sandboxId, String pod, String containerId, Map<String, String> labels) {
        return new Placement(
                new PodSandbox(
                        new PodSandboxId(sandboxId),
                        "shop",
                        pod,
                        "uid-" + pod,
                        3,
                        labels,
                        Map.of("example.org/note", "grüne \"Woche\"")),
                new ContainerId(containerId),
                "vm",
                1,
                "debian:12");
    }

    public void add(Placement placement, VmState state, Usage usage) {
        add(placement, "vm-" + placement.container().value(), 7, state, usage);
    }

    /** Likewise, of a VM with that id in that life. */
    public void add(Placement placement, String vmId, long incarnation, VmState state, Usage usage) {
        String id = placement.container().value();
        Vm vm = new Vm(
                new VmId(vmId),
                "domain of " + id,
                new Incarnation(incarnation),
                Optional.of(SEEN),
                state,
                placement,
                List.of());
        if (byContainer.put(id, new Known(new KnownVm(vm, SEEN), usage)) == null) {
            inOrder.add(id);
        }
    }

    /** No round lists it any more. */
    public void remove(String containerId) {
        byContainer.remove(containerId);
        inOrder.remove(containerId);
    }

    /** Why nothing can be measured; empty: nothing is the matter. */
    public void problem(String why) {
        status = new AgentStatus("1.2.3", Optional.of(why).filter(some -> !some.isEmpty()), 2, List.of());
    }

    public void change(String containerId, UnaryOperator<Usage> change) {
        byContainer.computeIfPresent(containerId, (id, known) -> new Known(known.vm(), change.apply(known.usage())));
    }

    @Override
    public Lookup<ContainerUsage> container(String id) {
        takes();
        Lookup<Known> found = find(id, byContainer);
        if (!(found instanceof Lookup.Found<Known> it)) {
            return recast(found);
        }
        return isRunning(it.value()) ? new Lookup.Found<>(usage(it.value())) : new Lookup.NotRunning<>(id);
    }

    @Override
    public List<ContainerUsage> containers(Selection selection) {
        takes();
        return selected(selection)
                .filter(FakeQueries::isRunning)
                .map(FakeQueries::usage)
                .toList();
    }

    @Override
    public Lookup<SandboxUsage> sandbox(String id) {
        takes();
        Lookup<List<Known>> found = find(id, bySandbox());
        if (!(found instanceof Lookup.Found<List<Known>> it)) {
            return recast(found);
        }
        return it.value().stream().anyMatch(FakeQueries::isRunning)
                ? new Lookup.Found<>(sandboxUsage(it.value()))
                : new Lookup.NotRunning<>(id);
    }

    @Override
    public List<SandboxUsage> sandboxes(Selection selection) {
        takes();
        return narrow(selection.sandboxId(), bySandbox()).stream()
                .filter(pod -> pod.stream().anyMatch(FakeQueries::isRunning))
                .filter(pod -> sandbox(pod.get(0))
                        .labels()
                        .entrySet()
                        .containsAll(selection.labels().entrySet()))
                .map(FakeQueries::sandboxUsage)
                .toList();
    }

    @Override
    public Lookup<KnownVm> findContainer(String id) {
        Lookup<Known> found = find(id, byContainer);
        return found instanceof Lookup.Found<Known> it
                ? new Lookup.Found<>(it.value().vm())
                : recast(found);
    }

    @Override
    public Lookup<KnownPod> findSandbox(String id) {
        Lookup<List<Known>> found = find(id, bySandbox());
        return found instanceof Lookup.Found<List<Known>> it ? new Lookup.Found<>(pod(it.value())) : recast(found);
    }

    @Override
    public List<KnownPod> pods(Selection selection) {
        return narrow(selection.sandboxId(), bySandbox()).stream()
                .map(FakeQueries::pod)
                .filter(pod -> pod.sandbox()
                        .labels()
                        .entrySet()
                        .containsAll(selection.labels().entrySet()))
                .toList();
    }

    private static KnownPod pod(List<Known> all) {
        return new KnownPod(sandbox(all.get(0)), all.stream().map(Known::vm).toList());
    }

    @Override
    public List<KnownVm> inventory(Selection selection) {
        return selected(selection).map(Known::vm).toList();
    }

    @Override
    public AgentStatus status() {
        return status;
    }

    /** How often a question about usage would have woken a round. */
    int wakes() {
        return wakes.get();
    }

    private void takes() {
        wakes.incrementAndGet();
        mistake.ifPresent(e -> {
            throw e;
        });
    }

    private Stream<Known> selected(Selection selection) {
        Collection<Known> pod = narrow(selection.sandboxId(), bySandbox()).stream()
                .flatMap(List::stream)
                .collect(Collectors.toSet());
        return narrow(selection.containerId(), byContainer).stream()
                .filter(pod::contains)
                .filter(known -> selection.labels().isEmpty()
                        || placement(known)
                                .labels()
                                .entrySet()
                                .containsAll(selection.labels().entrySet()));
    }

    private NavigableMap<String, List<Known>> bySandbox() {
        NavigableMap<String, List<Known>> pods = new TreeMap<>();
        inOrder.stream()
                .map(byContainer::get)
                .forEach(known -> pods.merge(sandbox(known).id().value(), List.of(known), (some, more) -> Stream.concat(
                                some.stream(), more.stream())
                        .toList()));
        return pods;
    }

    private static <T> Lookup<T> find(String id, NavigableMap<String, T> all) {
        List<T> found = all.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(id))
                .map(Map.Entry::getValue)
                .toList();
        if (id.isEmpty()) {
            return new Lookup.Invalid<>(id, "an id must not be empty");
        }
        T whole = all.get(id);
        if (whole != null) {
            return new Lookup.Found<>(whole);
        }
        if (found.size() > 1) {
            return new Lookup.Invalid<>(id, "several ids begin with it");
        }
        return found.isEmpty() ? new Lookup.Unknown<>(id) : new Lookup.Found<>(found.get(0));
    }

    /** All for the empty id, one for an id or a prefix that fits one only, else none. */
    private static <T> Collection<T> narrow(String id, NavigableMap<String, T> all) {
        if (id.isEmpty()) {
            return all.values();
        }
        return find(id, all) instanceof Lookup.Found<T> it ? List.of(it.value()) : List.of();
    }

    private static <T, U> Lookup<U> recast(Lookup<T> nothing) {
        return nothing instanceof Lookup.Invalid<T> it
                ? new Lookup.Invalid<>(it.id(), it.why())
                : new Lookup.Unknown<>(((Lookup.Unknown<T>) nothing).id());
    }

    private static SandboxUsage sandboxUsage(List<Known> pod) {
        return new SandboxUsage(
                sandbox(pod.get(0)),
                pod.stream()
                        .filter(FakeQueries::isRunning)
                        .map(known -> new ContainerUsage(placement(known), known.usage()))
                        .toList());
    }

    private static ContainerUsage usage(Known known) {
        Usage all = known.usage();
        return new ContainerUsage(
                placement(known), new Usage(all.cpu(), all.memory(), Optional.empty(), all.disk(), all.blockIo()));
    }

    private static boolean isRunning(Known known) {
        return known.vm().vm().state().isMeasured();
    }

    private static Placement placement(Known known) {
        return known.vm().vm().placement();
    }

    private static PodSandbox sandbox(Known known) {
        return placement(known).sandbox();
    }
}
