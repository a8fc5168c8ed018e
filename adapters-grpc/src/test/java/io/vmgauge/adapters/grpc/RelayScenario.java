package io.vmgauge.adapters.grpc;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The real relay on real sockets between a runtime and two clients: one that goes through it and one that does not. */
public final class RelayScenario implements AutoCloseable {
    static final int LARGEST = 32 << 20;

    public final FakeQueries queries = new FakeQueries();
    final Path directory = CriScenario.temporaryDirectory();
    public final FakeRuntime runtime = new FakeRuntime(directory.resolve("runtime.sock"));
    final Path socket = directory.resolve("relay.sock");
    final Endpoint relay;
    public final ManagedChannel through;
    final ManagedChannel direct;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    public RelayScenario() {
        this("upstream-max-message-bytes", Integer.toString(LARGEST));
    }

    public RelayScenario(String key, String value) {
        runtime.start();
        relay = new CriProvider().serve(queries, settings().with(key, value));
        through = connect(socket, loop);
        direct = connect(runtime.socket, loop);
    }

    ReferenceSettings settings() {
        return CriSection.at(socket.toString()).with("upstream", "unix://" + runtime.socket);
    }

    EventLoopGroup loop() {
        return loop;
    }

    static ManagedChannel connect(Path socket, EventLoopGroup loop) {
        return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket), InsecureChannelCredentials.create())
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(loop)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority("localhost")
                .maxInboundMessageSize(2 * LARGEST)
                .maxInboundMetadataSize(1 << 20)
                .disableRetry()
                .build();
    }

    /** Waits until something is true, and fails if that takes long. */
    public static void eventually(String what, BooleanSupplier truth) {
        long start = System.nanoTime();
        while (!truth.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(20)) {
                throw new AssertionError("not within 20 s: " + what);
            }
            pause();
        }
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(5);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        through.shutdownNow();
        direct.shutdownNow();
        relay.close();
        runtime.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        try {
            Files.deleteIfExists(socket);
            // What it told outlives it.
            Files.deleteIfExists(directory.resolve("relay.sock.served"));
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
