package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListMetricDescriptorsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getListPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getPodSandboxStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamContainerStatsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod;
import static io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.getStreamPodSandboxStatsMethod;

import com.google.common.io.ByteStreams;
import io.grpc.MethodDescriptor;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.Usage;
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
final class Overlay {
    private static final Usage NOTHING =
            new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    private static final Logger log = LoggerFactory.getLogger(Overlay.class);
    /** A kubelet's own limit: it would lose the whole answer. */
    static final int MOST_BYTES = 16 << 20;

    private final UsageQueries queries;
    private final Bindings bindings;
    private final MetricsMerge metrics;
    private final Runnable lookAgain;
    private final Runnable describeAgain;
    private final Map<String, Supplier<Rewriting>> rewritings = new HashMap<>();
    private final Set<String> said = new HashSet<>();

    /**
     * @param lookAgain teaches the bindings what the runtime runs, soon
     * @param describeAgain teaches the metrics what the runtime tells of, soon
     */
    Overlay(UsageQueries queries, Bindings bindings, MetricsMerge metrics, Runnable lookAgain, Runnable describeAgain) {
        this.queries = queries;
        this.bindings = bindings;
        this.metrics = metrics;
        this.lookAgain = lookAgain;
        this.describeAgain = describeAgain;
        on(this::containers, getContainerStatsMethod(), getListContainerStatsMethod(), getStreamContainerStatsMethod());
        on(this::pods, getPodSandboxStatsMethod(), getListPodSandboxStatsMethod(), getStreamPodSandboxStatsMethod());
        on(this::metrics, getListPodSandboxMetricsMethod(), getStreamPodSandboxMetricsMethod());
        on(() -> this::descriptors, getListMetricDescriptorsMethod());
    }

    private void on(Supplier<Rewriting> rewriting, MethodDescriptor<?, ?>... methods) {
        for (MethodDescriptor<?, ?> method : methods) {
            rewritings.put(method.getFullMethodName(), rewriting);
        }
    }

    /** What becomes of the answers of a method, for one call that begins now; most stay what they are. */
    UnaryOperator<InputStream> of(String method) {
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
        Slices of(byte[] answer) throws IOException;
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
            Slices rewritten = rewriting.of(original);
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
                ? Slices.of(answer)
                : Slices.rewritten(answer, entry -> {
                    ContainerStats base = ContainerStats.parseFrom(entry);
                    ContainerStats merged =
                            vms.of(base).map(vm -> Merge.container(base, vm)).orElse(base);
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }

    private Rewriting pods() {
        Snapshot vms = new Snapshot(this::usagesWithNetwork);
        return answer -> vms.isEmpty()
                ? Slices.of(answer)
                : Slices.rewritten(answer, entry -> {
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
            describeAgain.run();
            lookAgain.run();
        }
        return answer -> vms.isEmpty()
                ? Slices.of(answer)
                : Slices.rewritten(answer, entry -> {
                    PodSandboxMetrics base = PodSandboxMetrics.parseFrom(entry);
                    PodSandboxMetrics merged = metrics.understands(base) ? pod(base, vms) : base;
                    return merged.equals(base) ? entry : merged.toByteString();
                });
    }

    /** Ours after the runtime's: in protobuf two lists one after the other are one list. */
    private Slices descriptors(byte[] answer) throws IOException {
        metrics.learn(ListMetricDescriptorsResponse.parseFrom(answer));
        return Slices.of(answer, metrics.own().toByteArray());
    }

    /** What one call says of VMs: it is looked up with the first answer, and is the same in all messages of a stream. */
    private final class Snapshot {
        private final Supplier<Stream<ContainerUsage>> source;
        private final Bindings.Claims claims = bindings.claims();
        private Optional<Map<String, Usage>> usages = Optional.empty();

        Snapshot(Supplier<Stream<ContainerUsage>> source) {
            this.source = source;
        }

        /** Whether no container is a VM, nor may be. */
        boolean isEmpty() {
            return claims.isEmpty()
                    && bindings.bound().isEmpty()
                    && bindings.ledger().isEmpty();
        }

        Optional<Usage> of(ContainerStats base) {
            if (bindings.vmOf(base.getAttributes().getId()).isEmpty() && claims.include(base.getAttributes())) {
                lookAgain.run();
            }
            return of(base.getAttributes().getId(), UsageMapping.cpu(base));
        }

        /** What to say of a container: absent if it is no VM, or nothing is known of it yet. */
        Optional<Usage> of(String container, Optional<CpuUsage> runtimes) {
            Optional<String> vm = bindings.vmOf(container);
            if (vm.isEmpty()) {
                return Optional.empty();
            }
            Usage now = usages().get(vm.get());
            if (now == null) {
                // It ended, or came back under another name: while the container still runs it keeps its last numbers.
                lookAgain.run();
                now = NOTHING;
            }
            Usage next = bindings.ledger().container(container).next(now, runtimes);
            return next.isEmpty() ? Optional.empty() : Optional.of(next);
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
            Optional<Usage> found = vms.of(before.get(i));
            if (found.isPresent()) {
                Usage vm = found.get();
                isTouched = true;
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
            vms.of(container.getContainerId(), metrics.cpu(container)).ifPresent(vm -> {
                pod.setContainerMetrics(place, metrics.container(container, vm));
                metrics.network(base, pod, container, vm);
            });
        }
        return pod.build();
    }
}
