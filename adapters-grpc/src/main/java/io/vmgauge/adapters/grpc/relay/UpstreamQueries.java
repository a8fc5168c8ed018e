package io.vmgauge.adapters.grpc.relay;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.Context;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsRequest;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceFutureStub;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What vmgauge itself asks the runtime, beside the calls that it relays. Used on the event loop only. */
public final class UpstreamQueries {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamQueries.class);
    private static final int LIMIT_SECONDS = 10;

    private final Upstream upstream;
    private ListenableFuture<?> listing = Futures.immediateVoidFuture();
    private ListenableFuture<?> describing = Futures.immediateVoidFuture();
    private ListenableFuture<?> counting = Futures.immediateVoidFuture();

    public UpstreamQueries(Upstream upstream) {
        this.upstream = upstream;
    }

    /**
     * Fetches the lists of all that the runtime runs. Nobody waits for them: the next answer to a caller is early enough. One
     * fetch is under way at a time. After one that fails everything stays as it was.
     */
    public void lists(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        if (!listing.isDone()) {
            return;
        }
        // Not in the context of the call that needs the lists: it may end before.
        Context.ROOT.run(() -> {
            RuntimeServiceFutureStub runtime = RuntimeServiceGrpc.newFutureStub(upstream.channel())
                    .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
            ListenableFuture<ListContainersResponse> containers =
                    runtime.listContainers(ListContainersRequest.getDefaultInstance());
            ListenableFuture<ListPodSandboxResponse> pods =
                    runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
            listing = Futures.whenAllComplete(containers, pods)
                    .run(() -> tell(containers, pods, then), MoreExecutors.directExecutor());
        });
    }

    private void tell(
            ListenableFuture<ListContainersResponse> containers,
            ListenableFuture<ListPodSandboxResponse> pods,
            BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        try {
            then.accept(Futures.getDone(containers), Futures.getDone(pods));
        } catch (ExecutionException e) {
            LOG.debug("{} did not list what it runs", upstream, e);
        }
    }

    /** Fetches the descriptors of all metrics that the runtime tells, in the same way. */
    public void descriptors(Consumer<ListMetricDescriptorsResponse> then) {
        if (describing.isDone()) {
            describing = fetch(
                    runtime -> runtime.listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance()),
                    then,
                    "describe its metrics");
        }
    }

    /** Fetches the stats of all containers, in the same way. */
    public void stats(Consumer<ListContainerStatsResponse> then) {
        if (counting.isDone()) {
            counting = fetch(
                    runtime -> runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance()),
                    then,
                    "tell its stats");
        }
    }

    /** @param what what the runtime did not do, if it fails */
    private <A> ListenableFuture<?> fetch(
            Function<RuntimeServiceFutureStub, ListenableFuture<A>> call, Consumer<A> then, String what) {
        // Not in the context of the call that needs the answer: it may end before.
        Context before = Context.ROOT.attach();
        try {
            ListenableFuture<A> answer = call.apply(RuntimeServiceGrpc.newFutureStub(upstream.channel())
                    .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS));
            return Futures.whenAllComplete(answer)
                    .run(
                            () -> {
                                try {
                                    then.accept(Futures.getDone(answer));
                                } catch (ExecutionException e) {
                                    LOG.debug("{} did not {}", upstream, what, e);
                                }
                            },
                            MoreExecutors.directExecutor());
        } finally {
            Context.ROOT.detach(before);
        }
    }
}
