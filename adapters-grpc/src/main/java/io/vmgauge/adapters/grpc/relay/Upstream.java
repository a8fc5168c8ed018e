package io.vmgauge.adapters.grpc.relay;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsRequest;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceFutureStub;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.adapters.grpc.socket.ConnectionFlowWindow;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.EndpointException;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the real runtime. It shares the server's event loop, so that a call never changes threads on its
 * way through. Nothing is ever tried twice: most of CRI's calls change something.
 *
 * <p>While the runtime is gone, calls fail at once. gRPC would look for it ever more rarely, up to two minutes apart,
 * and a kubelet declares its node dead after half a minute: so we look four times a second.
 *
 * <p>Long because it is three small things that share the channel: keeping it alive, waiting for the first answer, and
 * asking what the runtime runs.
 */
public final class Upstream implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Upstream.class);

    private static final int LOOK_MILLIS = 250;
    private static final int ATTEMPT_SECONDS = 2;
    private static final int LOOK_SECONDS = 10;
    /** Runtimes put whole error reports into their trailers; gRPC's own limit is 8 KiB. */
    public static final int MAX_METADATA_BYTES = 1 << 20;

    private final RelaySettings settings;
    private final EventLoopGroup loop;
    private final ManagedChannel channel;
    private ListenableFuture<?> looking = Futures.immediateVoidFuture();
    private ListenableFuture<?> describing = Futures.immediateVoidFuture();
    private ListenableFuture<?> counting = Futures.immediateVoidFuture();
    private volatile Optional<Future<?>> nextLook = Optional.empty();

    public Upstream(RelaySettings settings, EventLoopGroup loop) {
        this.settings = settings;
        this.loop = loop;
        this.channel = NettyChannelBuilder.forAddress(
                        UnixDomainSocketAddress.of(settings.socket()), InsecureChannelCredentials.create())
                .channelFactory(Upstream::connecting, UnixDomainSocketAddress.class)
                .eventLoopGroup(loop)
                // gRPC sets it for TCP; here it would only make Netty warn.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority("localhost")
                .directExecutor()
                .offloadExecutor(loop)
                .maxInboundMessageSize(settings.maxMessageBytes())
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .disableRetry()
                .build();
        watch(ConnectivityState.IDLE);
    }

    private static NioDomainSocketChannel connecting() {
        NioDomainSocketChannel connection = new NioDomainSocketChannel();
        connection.pipeline().addLast(new ConnectionFlowWindow());
        return connection;
    }

    public Channel channel() {
        return channel;
    }

    private void watch(ConnectivityState state) {
        channel.notifyWhenStateChanged(state, () -> {
            ConnectivityState now = channel.getState(false);
            if (now == ConnectivityState.TRANSIENT_FAILURE) {
                log.warn("{} is gone: calls fail until it is back", this);
                lookAgain();
            } else if (state == ConnectivityState.TRANSIENT_FAILURE && now == ConnectivityState.READY) {
                log.info("{} is back", this);
            }
            if (now != ConnectivityState.SHUTDOWN) {
                watch(now);
            }
        });
    }

    private void lookAgain() {
        if (!loop.isShuttingDown() && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff();
            nextLook = Optional.of(loop.schedule(this::lookAgain, LOOK_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    /**
     * Returns when the runtime has answered Version. A kubelet asks some things once in its life, right after its own
     * start; it must not find us before there is somebody to answer.
     *
     * @param then learns on the event loop what the runtime runs, so that the first answer is as all later ones
     */
    public void await(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        Deadline patience = Deadline.after(settings.patience().toMillis(), TimeUnit.MILLISECONDS);
        boolean said = false;
        while (true) {
            try {
                ClientCalls.blockingUnaryCall(
                        channel,
                        RuntimeServiceGrpc.getVersionMethod(),
                        CallOptions.DEFAULT.withDeadline(
                                patience.minimum(Deadline.after(ATTEMPT_SECONDS, TimeUnit.SECONDS))),
                        VersionRequest.getDefaultInstance());
                lookOnce(then);
                return;
            } catch (StatusRuntimeException e) {
                if (patience.timeRemaining(TimeUnit.MILLISECONDS) <= LOOK_MILLIS) {
                    throw silent(e);
                }
                if (!said) {
                    log.info("Waiting for {}", this);
                    said = true;
                }
                pause();
            }
        }
    }

    /**
     * Fetches the lists of all that the runtime runs. Nobody waits for them: the next answer is early enough. One look
     * at a time; one that fails leaves everything as it was.
     */
    public void look(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        if (!looking.isDone()) {
            return;
        }
        // Not in the context of the call that made us look: it may end before.
        Context.ROOT.run(() -> {
            RuntimeServiceFutureStub runtime =
                    RuntimeServiceGrpc.newFutureStub(channel).withDeadlineAfter(LOOK_SECONDS, TimeUnit.SECONDS);
            ListenableFuture<ListContainersResponse> containers =
                    runtime.listContainers(ListContainersRequest.getDefaultInstance());
            ListenableFuture<ListPodSandboxResponse> pods =
                    runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
            looking = Futures.whenAllComplete(containers, pods)
                    .run(
                            () -> {
                                try {
                                    then.accept(Futures.getDone(containers), Futures.getDone(pods));
                                } catch (ExecutionException e) {
                                    log.debug("{} did not list what it runs", this, e);
                                }
                            },
                            MoreExecutors.directExecutor());
        });
    }

    /** Fetches the list of all metrics that the runtime tells of, in the same way. */
    public void describe(Consumer<ListMetricDescriptorsResponse> then) {
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

    /** @param what the runtime did not do, if it fails */
    private <A> ListenableFuture<?> fetch(
            Function<RuntimeServiceFutureStub, ListenableFuture<A>> call, Consumer<A> then, String what) {
        // Not in the context of the call that made us ask: it may end before.
        Context before = Context.ROOT.attach();
        try {
            ListenableFuture<A> answer = call.apply(
                    RuntimeServiceGrpc.newFutureStub(channel).withDeadlineAfter(LOOK_SECONDS, TimeUnit.SECONDS));
            return Futures.whenAllComplete(answer)
                    .run(
                            () -> {
                                try {
                                    then.accept(Futures.getDone(answer));
                                } catch (ExecutionException e) {
                                    log.debug("{} did not {}", this, what, e);
                                }
                            },
                            MoreExecutors.directExecutor());
        } finally {
            Context.ROOT.detach(before);
        }
    }

    private void lookOnce(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        try {
            RuntimeServiceBlockingStub runtime =
                    RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(LOOK_SECONDS, TimeUnit.SECONDS);
            ListContainersResponse containers = runtime.listContainers(ListContainersRequest.getDefaultInstance());
            ListPodSandboxResponse pods = runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
            loop.submit(() -> then.accept(containers, pods)).syncUninterruptibly();
        } catch (StatusRuntimeException e) {
            log.debug("{} did not list what it runs", this, e);
        }
    }

    private EndpointException silent(StatusRuntimeException e) {
        return new EndpointException(
                this + " has not answered within " + settings.patience().toMillis() + " ms ("
                        + e.getStatus().getCode() + ", " + UpstreamStatus.reason(e.getStatus())
                        + "): start it, or change endpoint.cri.upstream or endpoint.cri.upstream-wait",
                e);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EndpointException("interrupted while it waited for the container runtime", e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        nextLook.ifPresent(look -> look.cancel(false));
    }

    @Override
    public String toString() {
        return "the container runtime at unix://"
                + SafeText.line(settings.socket().toString());
    }
}
