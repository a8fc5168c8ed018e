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
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.mapping.StatusMapping;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.log.OnceLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts VMs' own numbers into the runtime's stats and metrics where a container is a VM. It adds, drops and reorders no
 * container and no pod. The bytes of everything that is not a VM's go on as they came. So does the whole answer if
 * anything here fails, or if the answer would become larger than what a kubelet takes. Used on the event loop only.
 *
 * <p>This class says who rewrites the answers of which method, and what happens when that fails. Long because of the
 * methods' names, which are a third of it.
 */
public final class Overlay {
    private static final Logger LOG = LoggerFactory.getLogger(Overlay.class);
    /** A kubelet's own limit: it would lose the whole answer. */
    public static final int MOST_BYTES = 16 << 20;

    private final UsageQueries queries;
    private final ContainerBindings bindings;
    private final RuntimeView runtime;
    private final Map<String, Supplier<Rewriting>> rewritings = new HashMap<>();
    private final OnceLog<String> failures = new OnceLog<>();

    /**
     * An overlay asks the runtime when an answer shows that it no longer knows what the runtime runs. It does not wait
     * for the runtime's answer.
     *
     * @param lists fetches what the runtime runs, soon, on the event loop
     * @param descriptors fetches the descriptors of the runtime's metrics in the same way
     * @param stats fetches the stats of the runtime's containers in the same way
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
        this.runtime = new RuntimeView(bindings, metrics, lists, descriptors, stats);
        StatsOverlay ofStats = new StatsOverlay(queries, bindings, runtime);
        MetricsOverlay ofMetrics = new MetricsOverlay(queries, bindings, runtime, metrics);
        on(
                ofStats::containers,
                getContainerStatsMethod(),
                getListContainerStatsMethod(),
                getStreamContainerStatsMethod());
        on(ofStats::pods, getPodSandboxStatsMethod(), getListPodSandboxStatsMethod(), getStreamPodSandboxStatsMethod());
        on(ofMetrics::pods, getListPodSandboxMetricsMethod(), getStreamPodSandboxMetricsMethod());
        on(() -> ofMetrics::descriptors, getListMetricDescriptorsMethod());
        on(() -> this::status, getStatusMethod());
    }

    private void on(Supplier<Rewriting> rewriting, MethodDescriptor<?, ?>... methods) {
        for (MethodDescriptor<?, ?> method : methods) {
            rewritings.put(method.getFullMethodName(), rewriting);
        }
    }

    /** Learns all that the runtime runs. */
    public void learn(ListContainersResponse containers, ListPodSandboxResponse pods) {
        runtime.learn(containers, pods);
    }

    /** What becomes of the answers of one call that begins now. The answers of most methods stay as they are. */
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

    /** If there is no memory to read the answer, it goes on unread. */
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
        return rewritten(original, rewriting).orElseGet(() -> new ByteArrayInputStream(original));
    }

    /** Absent if the answer must go on as it came. */
    private Optional<InputStream> rewritten(byte[] original, Rewriting rewriting) {
        try {
            SplicedMessage rewritten = rewriting.of(original);
            if (rewritten.length() <= Math.max(MOST_BYTES, original.length)) {
                return Optional.of(rewritten.stream());
            }
            if (failures.begins("length", "too large")) {
                LOG.warn(
                        "an answer with VMs' numbers would be larger than the {} bytes that kubelets take, and goes on"
                                + " as it came; this is logged once",
                        MOST_BYTES);
            }
        } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
            failed(e);
        }
        return Optional.empty();
    }

    private void failed(Throwable e) {
        if (failures.begins("rewriting", "failed")) {
            LOG.error("an answer could not be overlaid and goes on as it came; this is logged once", e);
        }
    }

    /** Adds vmgauge's details after the runtime's, if the caller asked for details. They are those of the last look. */
    private SplicedMessage status(byte[] answer) throws IOException {
        if (StatusResponse.parseFrom(answer).getInfoCount() == 0) {
            return SplicedMessage.of(answer);
        }
        runtime.refreshLists();
        StatusResponse own = bindings.report().details().toBuilder()
                .putInfo("vmgauge", StatusMapping.details(queries.status()))
                .build();
        return SplicedMessage.of(answer, own.toByteArray());
    }
}
