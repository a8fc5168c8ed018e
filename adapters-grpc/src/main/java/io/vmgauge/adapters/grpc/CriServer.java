package io.vmgauge.adapters.grpc;

import io.grpc.Server;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.vmgauge.adapters.grpc.counter.CounterStateFile;
import io.vmgauge.adapters.grpc.counter.CounterStateWriter;
import io.vmgauge.adapters.grpc.overlay.ContainerBindings;
import io.vmgauge.adapters.grpc.overlay.MetricsMerge;
import io.vmgauge.adapters.grpc.overlay.Overlay;
import io.vmgauge.adapters.grpc.relay.FirstAnswer;
import io.vmgauge.adapters.grpc.relay.Upstream;
import io.vmgauge.adapters.grpc.relay.UpstreamQueries;
import io.vmgauge.adapters.grpc.socket.SocketSettings;
import io.vmgauge.adapters.grpc.socket.UnixSocket;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * CRI on a unix socket: our own, or that of the real runtime behind us. One event loop reads, answers and writes all
 * calls: every answer comes from memory and takes microseconds, so further threads would only take up memory.
 */
final class CriServer implements Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(CriServer.class);

    private static final int PATIENCE_MILLIS = 500;

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
                upstream.map(runtime -> GrpcServers.relay(runtime, overlay.orElseThrow(), settings, loop))
                        .orElseGet(() -> GrpcServers.standalone(queries, keeper, settings, loop)),
                upstream,
                keeper);
        try {
            overlay.ifPresent(server::awaitUpstream);
            socket.publish(server.server::start);
            upstream.ifPresent(runtime -> LOG.info("{} relays to {}", server.address(), runtime));
        } catch (EndpointException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void awaitUpstream(Overlay overlay) {
        new FirstAnswer(upstream.orElseThrow(), settings.relay().orElseThrow().patience()).await(overlay::learn);
    }

    /** The runtime does for its callers whatever they ask, as root. Whoever may call us may call the runtime. */
    private static void warnOfPower(SocketSettings socket) {
        socket.others()
                .ifPresent(who -> LOG.warn(
                        "{} can have the container runtime do anything as root, through {}: leave endpoint.cri.group empty"
                                + " and endpoint.cri.mode 0660 unless you mean it",
                        who,
                        socket.path()));
    }

    private static Overlay overlay(
            Upstream runtime, UsageQueries queries, CounterStateWriter keeper, CriSettings settings) {
        ContainerBindings bindings = new ContainerBindings(queries, keeper::changed);
        bindings.restore(keeper.read());
        keeper.keeps(bindings::kept);
        UpstreamQueries asks = new UpstreamQueries(runtime);
        return new Overlay(
                queries, bindings, new MetricsMerge(settings.vmMetrics()), asks::lists, asks::descriptors, asks::stats);
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
