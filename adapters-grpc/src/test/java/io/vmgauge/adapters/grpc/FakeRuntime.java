package io.vmgauge.adapters.grpc;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A container runtime on a real socket. It does with calls what a test wants, and remembers what reached it. It can go
 * away and come back. Methods that no test gave it are UNIMPLEMENTED.
 */
public final class FakeRuntime implements AutoCloseable {
    static final String VERSION = "runtime.v1.RuntimeService/Version";
    static final Metadata.Key<String> ASCII = Metadata.Key.of("x-words", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<byte[]> BINARY = Metadata.Key.of("x-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    final Path socket;
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    /** Calls that have begun and not ended. */
    final AtomicInteger open = new AtomicInteger();

    final AtomicInteger sent = new AtomicInteger();
    final AtomicInteger received = new AtomicInteger();
    volatile Metadata headers = new Metadata();
    volatile Optional<Long> deadlineMillis = Optional.empty();

    private final Map<String, ServerCallHandler<byte[], byte[]>> methods = new ConcurrentHashMap<>();
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private @Nullable Server server;

    FakeRuntime(Path socket) {
        this.socket = socket;
        answer(VERSION, request -> VersionResponse.newBuilder()
                .setVersion("0.1.0")
                .setRuntimeName("fake")
                .build()
                .toByteArray());
    }

    void on(String method, ServerCallHandler<byte[], byte[]> handler) {
        methods.put(method, handler);
    }

    /** Answers each message with one, and ends when the caller ends. */
    public void answer(String method, UnaryOperator<byte[]> answer) {
        on(method, (call, headers) -> {
            call.sendHeaders(new Metadata());
            call.request(1);
            return new Listener() {
                @Override
                public void onMessage(byte[] message) {
                    received.incrementAndGet();
                    call.sendMessage(answer.apply(message));
                    call.request(1);
                }

                @Override
                public void onHalfClose() {
                    call.close(Status.OK, new Metadata());
                }
            };
        });
    }

    /** Sends as many messages of that size as are asked for, as fast as they are taken. Each begins with its number. */
    void stream(String method, int count, int size, Status end) {
        on(method, (call, headers) -> {
            call.sendHeaders(new Metadata());
            call.request(1);
            return new Listener() {
                private int next;
                private boolean closed;

                @Override
                public void onHalfClose() {
                    onReady();
                }

                @Override
                public void onReady() {
                    while (call.isReady() && next < count) {
                        call.sendMessage(
                                ByteBuffer.allocate(size).putInt(next++).array());
                        sent.incrementAndGet();
                    }
                    if (next == count && !closed) {
                        closed = true;
                        call.close(end, new Metadata());
                    }
                }
            };
        });
    }

    /** Never says anything. */
    void silence(String method) {
        on(method, (call, headers) -> {
            call.request(1);
            return new Listener();
        });
    }

    void refuse(String method, Status status, Metadata trailers) {
        on(method, (call, headers) -> {
            call.close(status, trailers);
            return new Listener();
        });
    }

    void start() {
        try {
            server = UnixServers.on(socket, loop)
                    .maxInboundMessageSize(64 << 20)
                    .maxInboundMetadataSize(1 << 20)
                    .fallbackHandlerRegistry(new Methods())
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends as if it was killed: connections break. Netty may or may not remove the socket's file. */
    void stop() {
        try {
            if (server != null) {
                server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        stop();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Methods extends HandlerRegistry {
        @Override
        public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
            ServerCallHandler<byte[], byte[]> handler = methods.get(name);
            if (handler == null) {
                return null;
            }
            return ServerMethodDefinition.create(
                    RawCalls.method(name, MethodDescriptor.MethodType.UNKNOWN), (call, arrived) -> {
                        calls.incrementAndGet();
                        open.incrementAndGet();
                        headers = arrived;
                        deadlineMillis = Optional.ofNullable(Context.current().getDeadline())
                                .map(deadline -> deadline.timeRemaining(TimeUnit.MILLISECONDS));
                        return counted(handler.startCall(call, arrived));
                    });
        }
    }

    private ServerCall.Listener<byte[]> counted(ServerCall.Listener<byte[]> listener) {
        return new SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onComplete() {
                open.decrementAndGet();
                super.onComplete();
            }

            @Override
            public void onCancel() {
                open.decrementAndGet();
                super.onCancel();
            }
        };
    }

    /** Counts the calls that their callers gave up. */
    class Listener extends ServerCall.Listener<byte[]> {
        @Override
        public void onCancel() {
            cancelled.incrementAndGet();
        }
    }
}
