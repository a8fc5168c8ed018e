package io.vmgauge.adapters.grpc;

import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.vmgauge.adapters.grpc.counter.CounterState;
import io.vmgauge.adapters.grpc.counter.CounterStateWriter;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.overlay.Overlay;
import io.vmgauge.adapters.grpc.relay.Relay;
import io.vmgauge.adapters.grpc.relay.Upstream;
import io.vmgauge.adapters.grpc.service.Health;
import io.vmgauge.adapters.grpc.service.ImageService;
import io.vmgauge.adapters.grpc.service.RuntimeService;
import io.vmgauge.adapters.grpc.service.UnimplementedMethods;
import io.vmgauge.adapters.grpc.socket.ConnectionFlowWindow;
import io.vmgauge.adapters.grpc.socket.ConnectionLimit;
import io.vmgauge.adapters.grpc.socket.InboundBytesLimiter;
import io.vmgauge.adapters.grpc.socket.UnixSocket;
import io.vmgauge.ports.inbound.UsageQueries;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The two kinds of gRPC server on our socket, with the bounds of each beside those of the other. */
final class GrpcServers {
    /** A caller that is silent for so long has died or never spoke. Kubelets call every few seconds. */
    private static final long LONGEST_IDLE_MINUTES = 10;

    /** Requests are far smaller. */
    private static final int READ_BYTES = 2 << 10;
    /** The bytes of all callers' unfinished requests together. */
    static final int MOST_REQUEST_BYTES = 4 << 20;
    /** How many unfinished requests of the largest size the relay holds. No kubelet sends any of that size. */
    private static final int MOST_LARGE_REQUESTS = 8;

    private GrpcServers() {}

    /** The server of our own socket, which answers by itself. */
    static Server standalone(
            UsageQueries queries, CounterStateWriter keeper, CriSettings settings, EventLoopGroup loop) {
        SandboxTotals totals = new SandboxTotals(queries, keeper.read().sandboxes(), keeper::changed);
        keeper.keeps(() -> new CounterState.Kept(Map.of(), Map.of(), totals.kept()));
        InboundBytesLimiter budget = new InboundBytesLimiter(MOST_REQUEST_BYTES, loop);
        return onSocket(settings, loop)
                .maxConcurrentCallsPerConnection(settings.maxCalls())
                .maxInboundMessageSize(settings.maxRequestBytes())
                .addStreamTracerFactory(budget)
                .intercept(budget)
                // At most this is read from one caller before it is another's turn. A single byte keeps a buffer of
                // this size.
                .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .addService(new RuntimeService(queries, totals, settings.vmMetrics()).definition())
                .addService(ImageService.definition())
                .addService(new Health(queries, loop))
                .fallbackHandlerRegistry(new UnimplementedMethods())
                .build();
    }

    /** The server before a runtime. It has no limit of calls: a kubelet pulls images and watches events for minutes over its one connection. */
    static Server relay(Upstream runtime, Overlay overlay, CriSettings settings, EventLoopGroup loop) {
        int mostBytes = settings.relay().orElseThrow().maxMessageBytes();
        InboundBytesLimiter budget = new InboundBytesLimiter((long) MOST_LARGE_REQUESTS * mostBytes, loop);
        return onSocket(settings, loop)
                .maxInboundMessageSize(mostBytes)
                .addStreamTracerFactory(budget)
                .intercept(budget)
                .maxInboundMetadataSize(Upstream.MAX_METADATA_BYTES)
                .fallbackHandlerRegistry(new Relay(runtime.channel(), runtime.toString(), overlay))
                .build();
    }

    private static NettyServerBuilder onSocket(CriSettings settings, EventLoopGroup loop) {
        return NettyServerBuilder.forAddress(
                        UnixDomainSocketAddress.of(new UnixSocket(settings.socket()).unpublished()),
                        InsecureServerCredentials.create())
                .channelFactory(() -> accepting(settings))
                // One caller at a time is accepted, so that those who are connected soon have their turn.
                .withOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new ServerChannelRecvByteBufAllocator().maxMessagesPerRead(1))
                // gRPC sets it for TCP; here it would only make Netty warn at each connection.
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .directExecutor()
                .maxConnectionIdle(LONGEST_IDLE_MINUTES, TimeUnit.MINUTES);
    }

    private static ServerChannel accepting(CriSettings settings) {
        NioServerDomainSocketChannel channel = new NioServerDomainSocketChannel();
        channel.pipeline()
                .addLast(new ConnectionLimit(
                        settings.socket().maxConnections(), settings.socket().firstByteTimeout()));
        if (settings.relay().isPresent()) {
            channel.pipeline().addLast(new ConnectionFlowWindow.OfAccepted());
        }
        return channel;
    }
}
