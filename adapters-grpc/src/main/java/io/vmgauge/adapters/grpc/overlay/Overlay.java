package io.vmgauge.adapters.grpc.overlay;

import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListMetricDescriptorsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStatusMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxStatsMethod;

import com.google.common.io.ByteStreams;
import io.grpc.MethodDescriptor;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.mapping.InventoryMapping;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts VMs' own numbers into the runtime's stats and metrics where a container is a VM. It adds, drops and reorders no
 * container and no pod; what is not of a VM goes on as the bytes that came, and so does the whole answer if anything here
 * fails, or if it would outgrow what a kubelet takes. Used on the event loop only.
 *
 * <p>Long because containers, pods and metrics come in nine answers, of three shapes; the numbers themselves are
 * {@link Merge}'s and {@link MetricsMerge}'s.
 */
public final class Overlay {
    private static final Logger log = LoggerFactory.getLogger(Overlay.class);
    /** A kubelet's own limit: it would lose the whole answer. */
    public static final int MOST_BYTES = 16 << 20;

    private final UsageQueries queries;
    private final ContainerBindings bindings;
    private final MetricsMerge metrics;
    private final Consumer<BiConsumer<ListContainersResponse, ListPodSandboxResponse>> lists;
    private final Consumer<Consumer<ListMetricDescriptorsResponse>> descriptors;
    private final Consumer<Consumer<ListContainerStatsResponse>> stats;
    private final Map<String, Supplier<Rewriting>> rewritings = new HashMap<>();
    private final Set<String> said = new HashSet<>();

    /**
     * What it has to know of the runtime it asks for when an answer shows that it does not know it, or not any more. It
     * does not wait for it.
     *
     * @param lists fetches what the runtime runs, soon, on the event loop
     * @param descriptors likewise, what its metrics are
     * @param stats likewise, the stats of its containers
     */
    public Overlay(
            UsageQueries queries,
            ContainerBindings bindings,
            MetricsMerge metrics,
            Consumer<BiConsumer<ListContainersResponse, ListPodSandboxResponse>> lists,
            Consumer<Consumer<ListMetricDescriptorsResponse>> descriptors,
            Consumer<Consumer<ListContainerStatsResponse>> stats) {
        this.queries = queries;
        this.bindings = bindings;
        this.metrics = metrics;
        this.lists = lists;
        this.descriptors = descriptors;
        this.stats = stats;
        on(this::containers, getContainerStatsMethod(), getListContainerStatsMethod(), getStreamContainerStatsMethod());
        on(this::pods, getPodSandboxStatsMethod(), getListPodSandboxStatsMethod(), getStreamPodSandboxStatsMethod());
        on(this::metrics, getListPodSandboxMetricsMethod(), getStreamPodSandboxMetricsMethod());
        on(() -> this::described, getListMetricDescriptorsMethod());
        on(() -> this::status, getStatusMethod());
    }

    private void on(Supplier<Rewriting> rewriting, MethodDescriptor<?, ?>... methods) {
        for (MethodDescriptor<?, ?> method : methods) {
            rewritings.put(method.getFullMethodName(), rewriting);
        }
    }

    /** Learns what the runtime runs, all of it; what it said of a container that is a VM now is what that goes on from. */
    public void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        metrics.learn(containers);
        bindings.learn(containers, pods);
        if (bindings.ledger().lacksRuntime(bindings.bound())) {
            stats.accept(this::hear);
        }
    }

    private void hear(ListContainerStatsResponse told) {
        for (ContainerStats each : told.getStatsList()) {
            String id = each.getAttributes().getId();
            if (bindings.vmOf(id).isPresent()) {
                bindings.ledger().container(id).cpu().hear(UsageMapping.cpu(each));
            }
        }
    }

    /** What becomes of the answers of a method, for one call that begins now; most stay what they are. */
    public UnaryOperator<InputStream> of(String method) {
        Supplier<Rewriting> begin = rewritings.get(method);
        if (begin == null) {
            return UnaryOperator.identity();
        }
        try {
            Rewriting rewriting = begin.get();
            return answer -> overlaid(answer, rewriting);
        } catch (RuntimeException e) {
            failed(e);
            return UnaryOperator.identity();
        }
    }

    private interface Rewriting {
        SplicedMessage of(byte[] answer) throws IOException;
    }

    /** There may be no memory for it: then the answer is passed on without being read. */
    private InputStream overlaid(InputStream answer, Rewriting rewriting) {
        byte[] original;
        try {
            original = new byte[answer.available()];
        } catch (IOException | OutOfMemoryError e) {
            failed(e);
            return answer;
        }
        try (answer) {
            ByteStreams.readFully(answer, original);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            SplicedMessage rewritten = rewriting.of(original);
            if (rewritten.length() <= Math.max(MOST_BYTES, original.length)) {
                return rewritten.stream();
            }
            if (said.add("too large")) {
                log.warn(
                        "an answer with VMs' numbers would be larger than the {} bytes that kubelets take, and goes on"
                                + " as it came; this is logged once",
                        MOST_BYTES);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            failed(e);
        }
        return new ByteArrayInputStream(original);
    }

    private void failed(Throwable e) {
        if (said.add("failed")) {
            log.error("an answer could not be overlaid and goes on as it came; this is logged once", e);
        }
    }

    private Rewriting containers() {
        Snapshot vms = new Snapshot(() -> queries.containers(Selection.ALL).stream());
        return answer -> vms.isEmpty()
                ? SplicedMessage.of(answer)
                : SplicedMessage.rewritten(answer, entry -> {
                    ContainerStats base = ContainerStats.parseFrom(entry);
                    ContainerStats merged =
                            vms.of(base).map(vm -> Merge.container(base, vm)).orElse(base);
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }

    private Rewriting pods() {
        Snapshot vms = new Snapshot(this::usagesWithNetwork);
        return answer -> vms.isEmpty()
                ? SplicedMessage.of(answer)
                : SplicedMessage.rewritten(answer, entry -> {
                    PodSandboxStats base = PodSandboxStats.parseFrom(entry);
                    PodSandboxStats merged = pod(base, vms);
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }

    private Stream<ContainerUsage> usagesWithNetwork() {
        return queries.sandboxes(Selection.ALL).stream().flatMap(pod -> pod.containers().stream());
    }

    /**
     * The runtime takes its time for its metrics (containerd a tenth of a second for each pod), enough to ask it meanwhile
     * what it tells of and what it runs: both may have changed since.
     */
    private Rewriting metrics() {
        Snapshot vms = new Snapshot(this::usagesWithNetwork);
        if (!vms.isEmpty()) {
            descriptors.accept(metrics::learn);
            lists.accept(Overlay.this::learn);
        }
        return answer -> vms.isEmpty()
                ? SplicedMessage.of(answer)
                : SplicedMessage.rewritten(answer, entry -> {
                    PodSandboxMetrics base = PodSandboxMetrics.parseFrom(entry);
                    PodSandboxMetrics merged = metrics.understands(base) ? pod(base, vms) : base;
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }

    /** Ours after the runtime's: in protobuf two lists one after the other are one list. */
    private SplicedMessage described(byte[] answer) throws IOException {
        metrics.learn(ListMetricDescriptorsResponse.parseFrom(answer));
        return SplicedMessage.of(answer, metrics.own().toByteArray());
    }

    /** Details are there only if they were asked for; vmgauge's come last. They are those of the last look. */
    private SplicedMessage status(byte[] answer) throws IOException {
        if (StatusResponse.parseFrom(answer).getInfoCount() == 0) {
            return SplicedMessage.of(answer);
        }
        lists.accept(this::learn);
        StatusResponse own = bindings.report().details().toBuilder()
                .putInfo("vmgauge", InventoryMapping.json(queries.status()))
                .build();
        return SplicedMessage.of(answer, own.toByteArray());
    }

    /** What one call says of VMs: it is looked up with the first answer, and is the same in all messages of a stream. */
    private final class Snapshot {
        private final Supplier<Stream<ContainerUsage>> source;
        private final RunningVms running = RunningVms.of(queries);
        private Optional<Map<String, Usage>> usages = Optional.empty();
        private Optional<Boolean> isKnown = Optional.empty();

        Snapshot(Supplier<Stream<ContainerUsage>> source) {
            this.source = source;
        }

        /** Whether no container is a VM, nor may be. */
        boolean isEmpty() {
            return running.isEmpty()
                    && bindings.bound().isEmpty()
                    && bindings.ledger().isEmpty();
        }

        /** What to say of a container: what is absent is the runtime's to say, and so is all of it if it is no VM. */
        Optional<Usage> of(ContainerStats base) {
            String container = base.getAttributes().getId();
            if (bindings.vmOf(container).isEmpty() && running.mayBe(base.getAttributes())) {
                lists.accept(Overlay.this::learn);
            }
            return of(container, UsageMapping.cpu(base), true);
        }

        /** Likewise, of a container of which the runtime tells metrics: its CPU time in whole seconds. */
        Optional<Usage> of(ContainerMetrics base) {
            return of(base.getContainerId(), metrics.cpu(base), false);
        }

        private Optional<Usage> of(String container, Optional<CpuUsage> runtimes, boolean isExact) {
            Optional<String> vm = bindings.vmOf(container);
            if (vm.isEmpty()) {
                return Optional.empty();
            }
            ContainerCounters served = bindings.ledger().container(container);
            VmReading reading = reading(vm.get());
            Usage next = served.next(reading, runtimes, isExact);
            if (!isExact && served.cpu().lacksRuntime(reading.state())) {
                stats.accept(Overlay.this::hear);
            }
            return next.isEmpty() ? Optional.empty() : Optional.of(next);
        }

        private VmReading reading(String vm) {
            Optional<KnownVm> known = running.find(vm);
            if (known.isPresent()) {
                String id = known.get().vm().placement().container().value();
                return VmReading.running(known.get(), Optional.ofNullable(usages().get(id)));
            }
            // Another VM may be that container now, or the container may have ended too.
            lists.accept(Overlay.this::learn);
            return isKnown() ? VmReading.gone(vm) : VmReading.unknown(vm);
        }

        /** Whether a VM that is not listed is gone: with a hypervisor that cannot be asked, nobody knows. */
        private boolean isKnown() {
            if (isKnown.isEmpty()) {
                isKnown = Optional.of(queries.status().problem().isEmpty());
            }
            return isKnown.get();
        }

        private Map<String, Usage> usages() {
            if (usages.isEmpty()) {
                usages = Optional.of(source.get()
                        .collect(Collectors.toMap(
                                one -> one.placement().container().value(), ContainerUsage::usage)));
            }
            return usages.get();
        }
    }

    private PodSandboxStats pod(PodSandboxStats base, Snapshot vms) {
        List<ContainerStats> before = base.getLinux().getContainersList();
        LinuxPodSandboxStats.Builder linux = base.getLinux().toBuilder();
        List<Integer> withCpu = new ArrayList<>();
        List<Integer> withMemory = new ArrayList<>();
        boolean isTouched = bindings.ledger().hasPod(base.getAttributes().getId());
        for (int i = 0; i < before.size(); i++) {
            isTouched |= bindings.vmOf(before.get(i).getAttributes().getId()).isPresent();
            Optional<Usage> found = vms.of(before.get(i));
            if (found.isPresent()) {
                Usage vm = found.get();
                linux.setContainers(i, Merge.container(before.get(i), vm));
                if (vm.cpu().isPresent()) {
                    withCpu.add(i);
                }
                if (vm.memory().isPresent()) {
                    withMemory.add(i);
                }
                UsageMapping.network(vm).ifPresent(network -> Merge.network(linux, network));
            }
        }
        if (!isTouched) {
            return base;
        }
        bindings.ledger().pod(base.getAttributes().getId()).total(linux, before, withCpu);
        if (!withMemory.isEmpty()) {
            Merge.memory(linux, before, withMemory);
        }
        Merge.defaultInterface(linux);
        return base.toBuilder().setLinux(linux).build();
    }

    private PodSandboxMetrics pod(PodSandboxMetrics base, Snapshot vms) {
        PodSandboxMetrics.Builder pod = base.toBuilder();
        for (int i = 0; i < base.getContainerMetricsCount(); i++) {
            int place = i;
            ContainerMetrics container = base.getContainerMetrics(i);
            vms.of(container).ifPresent(vm -> {
                pod.setContainerMetrics(place, metrics.container(container, vm));
                metrics.network(base, pod, container, vm);
            });
        }
        return pod.build();
    }
}
