package io.vmgauge.adapters.grpc;

import io.grpc.ManagedChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.ports.spi.Endpoint;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The real relay before a real containerd, and two clients: one that goes through it and one that does not. */
final class ContainerdScenario implements AutoCloseable {
    final PrivateContainerd containerd = new PrivateContainerd();
    final Path socket = containerd.directory.resolve("relay.sock");
    final FakeQueries queries = new FakeQueries();
    /** Between relay and containerd. */
    final Tee tee = new Tee(containerd.directory.resolve("tee.sock"), containerd.socket());

    final ManagedChannel through;
    final ManagedChannel direct;
    final PodCalls pods;
    private final Endpoint relay;
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    private ContainerdScenario(boolean isRecorded) {
        Path runtime = isRecorded ? tee.socket : containerd.socket();
        relay = new CriProvider()
                .serve(queries, CriSection.at(socket.toString()).with("upstream", "unix://" + runtime));
        through = RelayScenario.connect(socket, loop);
        direct = RelayScenario.connect(containerd.socket(), loop);
        pods = new PodCalls(through, direct, isRecorded ? Optional.of(tee) : Optional.empty(), containerd.cgroup());
    }

    /** With nothing between relay and containerd. */
    static ContainerdScenario bare() {
        return new ContainerdScenario(false);
    }

    /** With all that goes between relay and containerd written down. */
    static ContainerdScenario recorded() {
        return new ContainerdScenario(true);
    }

    EventLoopGroup loop() {
        return loop;
    }

    @Override
    public void close() {
        through.shutdownNow();
        direct.shutdownNow();
        relay.close();
        tee.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        containerd.close();
    }
}
