package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc.ImageServiceBlockingStub;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.testkit.ReferenceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.Executable;

/** The real server on a real socket before a fake agent, and a plain gRPC client of it. */
public final class CriScenario implements AutoCloseable {
    final FakeQueries queries = new FakeQueries();
    final Path directory = temporaryDirectory();
    final Path socket = directory.resolve("cri.sock");
    final Endpoint endpoint;
    final ManagedChannel channel;
    final RuntimeServiceBlockingStub runtime;
    final ImageServiceBlockingStub images;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    CriScenario() {
        this("max-calls", "32");
    }

    CriScenario(String key, String value) {
        this(Map.of(key, value));
    }

    CriScenario(Map<String, String> values) {
        ReferenceSettings settings = CriSection.at(socket.toString());
        for (Map.Entry<String, String> value : values.entrySet()) {
            settings = settings.with(value.getKey(), value.getValue());
        }
        endpoint = new CriProvider().serve(queries, settings);
        channel = connect();
        runtime = RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
        images = ImageServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    public ManagedChannel connect() {
        return connect(socket, loop);
    }

    public static ManagedChannel connect(Path socket, EventLoopGroup loop) {
        return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket), InsecureChannelCredentials.create())
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .eventLoopGroup(loop)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority("localhost")
                .maxInboundMessageSize(16 << 20)
                .disableRetry()
                .build();
    }

    /** Fails unless the call is refused with this code and one line of words; returns them. */
    static String refused(Status.Code code, Executable call) {
        Status status = assertThrows(StatusRuntimeException.class, call).getStatus();
        String words = String.valueOf(status.getDescription());
        assertEquals(code, status.getCode(), words);
        assertFalse(words.isBlank() || words.chars().anyMatch(Character::isISOControl), words);
        return words;
    }

    static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("cri");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        endpoint.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        try {
            Files.deleteIfExists(socket);
            // What it told of pods with several VMs outlives it.
            Files.deleteIfExists(directory.resolve("cri.sock.served"));
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
