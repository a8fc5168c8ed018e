package io.vmgauge.adapters.grpc.relay;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vmgauge.adapters.grpc.socket.ConnectionFlowWindow;
import io.vmgauge.domain.text.SafeText;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the real runtime. It shares the server's event loop, so that a call never changes threads on its
 * way through. No call is ever tried twice: most of CRI's calls change something.
 *
 * <p>While the runtime is gone, calls fail at once. gRPC would try to connect ever more rarely, up to two minutes apart,
 * and a kubelet declares its node dead after half a minute. So this class tries four times a second.
 */
public final class Upstream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Upstream.class);

    static final int RECONNECT_MILLIS = 250;
    /** Runtimes put whole error reports into their trailers; gRPC's own limit is 8 KiB. */
    public static final int MAX_METADATA_BYTES = 1 << 20;

    private final RelaySettings settings;
    private final EventLoopGroup loop;
    private final ManagedChannel channel;
    private volatile Optional<Future<?>> nextAttempt = Optional.empty();

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

    /** Runs something on the event loop and waits for its end. */
    void onLoop(Runnable task) {
        loop.submit(task).syncUninterruptibly();
    }

    private void watch(ConnectivityState state) {
        channel.notifyWhenStateChanged(state, () -> {
            ConnectivityState now = channel.getState(false);
            if (now == ConnectivityState.TRANSIENT_FAILURE) {
                LOG.warn("{} is gone: calls fail until it is back", this);
                reconnect();
            } else if (state == ConnectivityState.TRANSIENT_FAILURE && now == ConnectivityState.READY) {
                LOG.info("{} is back", this);
            }
            if (now != ConnectivityState.SHUTDOWN) {
                watch(now);
            }
        });
    }

    private void reconnect() {
        if (!loop.isShuttingDown() && channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff();
            nextAttempt = Optional.of(loop.schedule(this::reconnect, RECONNECT_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        nextAttempt.ifPresent(next -> next.cancel(false));
    }

    @Override
    public String toString() {
        return "the container runtime at unix://"
                + SafeText.line(settings.socket().toString());
    }
}
