package io.vmgauge.adapters.grpc;

import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vmgauge.adapters.grpc.mapping.SandboxTotals;
import io.vmgauge.adapters.grpc.overlay.ContainerBindings;
import io.vmgauge.adapters.grpc.overlay.CounterState;
import io.vmgauge.adapters.grpc.overlay.CounterStateFile;
import io.vmgauge.adapters.grpc.overlay.CounterStateWriter;
import io.vmgauge.adapters.grpc.overlay.MetricsMerge;
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
import io.vmgauge.adapters.grpc.socket.SocketSettings;
import io.vmgauge.adapters.grpc.socket.UnixSocket;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointException;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CRI on a unix socket: our own, or that of the real runtime behind us. One event loop reads, answers and writes all
 * calls: every answer comes from memory and takes microseconds, so further threads would only take up memory.
 *
 * <p>Long because the bounds of both kinds of server stand here beside each other.
 */
final class CriServer implements Endpoint {
    private static final Logger log = LoggerFactory.getLogger(CriServer.class);

    /** A caller that is silent for so long has died or never spoke; kubelets call every few seconds. */
    private static final long LONGEST_IDLE_MINUTES = 10;

    private static final int PATIENCE_MILLIS = 500;
    /** Requests are far smaller. */
    private static final int READ_BYTES = 2 << 10;
    /** Of all callers together, unfinished. */
    static final int MOST_REQUEST_BYTES = 4 << 20;
    /** In the relay as many of the largest messages: no kubelet has requests of that size. */
    private static final int MOST_LARGE_REQUESTS = 8;

    private final UnixSocket socket;
    private final CriSettings settings;
    private final EventLoopGroup loop;
    private final Server server;
    private final Optional<Upstream> upstream;
    private final CounterStateWriter keeper;

    private CriServer(
            UnixSocket socket,
            CriSettings settings,
            EventLoopGroup loop,
            Server server,
            Optional<Upstream> upstream,
            CounterStateWriter keeper) {
        this.socket = socket;
        this.settings = settings;
        this.loop = loop;
        this.server = server;
        this.upstream = upstream;
        this.keeper = keeper;
    }

    static CriServer start(UsageQueries queries, CriSettings settings) {
        settings.relay().ifPresent(relay -> warnOfPower(settings.socket()));
        UnixSocket socket = new UnixSocket(settings.socket());
        socket.prepare();
        EventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("cri", true), NioIoHandler.newFactory());
        CounterStateWriter keeper =
                new CounterStateWriter(CounterStateFile.beside(settings.socket().path()), loop);
        Optional<Upstream> upstream = settings.relay().map(relay -> new Upstream(relay, loop));
        Optional<Overlay> overlay = upstream.map(runtime -> overlay(runtime, queries, keeper, settings));
        CriServer server = new CriServer(
                socket,
                settings,
                loop,
                upstream.map(runtime -> relay(runtime, overlay.orElseThrow(), settings, loop))
                        .orElseGet(() -> standalone(queries, keeper, settings, loop)),
                upstream,
                keeper);
        try {
            upstream.ifPresent(runtime -> runtime.await(overlay.orElseThrow()::learn));
            socket.publish(server.server::start);
            upstream.ifPresent(runtime -> log.info("{} relays to {}", server.address(), runtime));
        } catch (EndpointException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** The runtime does for its callers whatever they ask, as root; and whoever may call us may call it. */
    private static void warnOfPower(SocketSettings socket) {
        socket.others()
                .ifPresent(who -> log.warn(
                        "{} can have the container runtime do anything as root, through {}: leave endpoint.cri.group empty"
                                + " and endpoint.cri.mode 0660 unless you mean it",
                        who,
                        socket.path()));
    }

    private static Server standalone(
            UsageQueries queries, CounterStateWriter keeper, CriSettings settings, EventLoopGroup loop) {
        SandboxTotals totals = new SandboxTotals(queries, keeper.read().sandboxes(), keeper::changed);
        keeper.keeps(() -> new CounterState.Kept(Map.of(), Map.of(), totals.kept()));
        InboundBytesLimiter budget = new InboundBytesLimiter(MOST_REQUEST_BYTES, loop);
        return onSocket(settings, loop)
                .maxConcurrentCallsPerConnection(settings.maxCalls())
                .maxInboundMessageSize(settings.maxRequestBytes())
                .addStreamTracerFactory(budget)
                .intercept(budget)
                // No more than this is taken from one caller before it is another's turn, nor kept for a byte of it.
                .withChildOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .addService(new RuntimeService(queries, totals, settings.vmMetrics()).definition())
                .addService(ImageService.definition())
                .addService(new Health(queries, loop))
                .fallbackHandlerRegistry(new UnimplementedMethods())
                .build();
    }

    private static Overlay overlay(
            Upstream runtime, UsageQueries queries, CounterStateWriter keeper, CriSettings settings) {
        ContainerBindings bindings = new ContainerBindings(queries, keeper::changed);
        bindings.restore(keeper.read());
        keeper.keeps(bindings::kept);
        return new Overlay(
                queries,
                bindings,
                new MetricsMerge(settings.vmMetrics()),
                runtime::look,
                runtime::describe,
                runtime::stats);
    }

    /** Without a limit of calls: a kubelet pulls images and watches events for minutes over its one connection. */
    private static Server relay(Upstream runtime, Overlay overlay, CriSettings settings, EventLoopGroup loop) {
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
                // One at a time: among a crowd of new callers it is soon the turn of those who are connected.
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

    @Override
    public String address() {
        return "unix://" + settings.socket().path().toAbsolutePath();
    }

    /** Lets calls under way end, but not for long. */
    @Override
    public void close() {
        server.shutdown();
        socket.remove();
        try {
            if (!server.awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                server.shutdownNow().awaitTermination(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        upstream.ifPresent(Upstream::close);
        keeper.close();
        loop.shutdownGracefully(0, PATIENCE_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly(PATIENCE_MILLIS);
    }
}
