package io.vmgauge.adapters.grpc;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A socket between the relay and a runtime. It passes all bytes on as they are, and records what each tagged call
 * carried. It reads HTTP/2 frame by frame and knows nothing else of gRPC.
 *
 * <p>Long because frames have padding, priorities and continuations.
 */
final class Tee implements AutoCloseable {
    /** The tag's header. The relay passes all headers on. */
    static final String TAG = "x-test-call";

    private static final int PREFACE_BYTES = 24;
    private static final int HEAD_BYTES = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;
    private static final int PRIORITY = 0x20;

    /** The bodies of one call as they went over the socket. */
    static final class Exchange {
        private final ByteArrayOutputStream request = new ByteArrayOutputStream();
        private final ByteArrayOutputStream answer = new ByteArrayOutputStream();

        byte[] request() {
            return request.toByteArray();
        }

        byte[] answer() {
            return answer.toByteArray();
        }
    }

    final Path socket;
    private final Path runtime;
    private final ServerSocketChannel server;
    private final Map<String, Exchange> exchanges = new ConcurrentHashMap<>();

    Tee(Path socket, Path runtime) {
        this.socket = socket;
        this.runtime = runtime;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        begin("tee", this::accept);
    }

    /** What the call with that tag carried so far. The answer is here before its caller has it. */
    Exchange exchange(String tag) {
        Exchange exchange = exchanges.get(tag);
        if (exchange == null) {
            throw new AssertionError("no call " + tag + " has reached the runtime");
        }
        return exchange;
    }

    private static void begin(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel relay = server.accept();
                try {
                    SocketChannel there = SocketChannel.open(UnixDomainSocketAddress.of(runtime));
                    Map<Integer, Exchange> streams = new ConcurrentHashMap<>();
                    begin("tee-request", new Way(relay, there, true, streams)::pass);
                    begin("tee-answer", new Way(there, relay, false, streams)::pass);
                } catch (IOException gone) {
                    relay.close();
                }
            }
        } catch (IOException closed) {
            // That is the end.
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One direction of one connection. */
    private final class Way {
        private final SocketChannel from;
        private final SocketChannel to;
        private final boolean isRequest;
        private final Map<Integer, Exchange> streams;
        private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder(false, 1 << 20);
        private final ByteArrayOutputStream block = new ByteArrayOutputStream();

        Way(SocketChannel from, SocketChannel to, boolean isRequest, Map<Integer, Exchange> streams) {
            this.from = from;
            this.to = to;
            this.isRequest = isRequest;
            this.streams = streams;
        }

        void pass() {
            try (from;
                    to) {
                if (isRequest) {
                    write(read(PREFACE_BYTES));
                }
                while (true) {
                    byte[] head = read(HEAD_BYTES);
                    ByteBuffer frame = ByteBuffer.wrap(head);
                    byte[] payload = read(frame.getInt() >>> 8);
                    record(head[3], head[4], frame.getInt(5), payload);
                    write(head);
                    write(payload);
                }
            } catch (IOException | Http2Exception ended) {
                // One side has hung up: closing tells the other.
            }
        }

        // Not by streams, of which a channel's two wait for each other.
        private byte[] read(int size) throws IOException {
            ByteBuffer bytes = ByteBuffer.allocate(size);
            while (bytes.hasRemaining()) {
                if (from.read(bytes) < 0) {
                    throw new EOFException();
                }
            }
            return bytes.array();
        }

        private void write(byte[] bytes) throws IOException {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                to.write(left);
            }
        }

        private void record(int type, int flags, int stream, byte[] payload) throws Http2Exception {
            if (type == DATA) {
                Exchange exchange = streams.get(stream);
                if (exchange != null) {
                    ByteBuffer body = unpadded(flags, payload);
                    (isRequest ? exchange.request : exchange.answer).write(payload, body.position(), body.remaining());
                }
            } else if (isRequest && (type == HEADERS || type == CONTINUATION)) {
                ByteBuffer part = type == HEADERS ? unpadded(flags, payload) : ByteBuffer.wrap(payload);
                if (type == HEADERS && (flags & PRIORITY) != 0) {
                    part.position(part.position() + 5);
                }
                block.write(payload, part.position(), part.remaining());
                if ((flags & END_HEADERS) != 0) {
                    Http2Headers decoded = headers.decodeHeaders(stream, Unpooled.wrappedBuffer(block.toByteArray()));
                    block.reset();
                    begin(stream, decoded);
                }
            }
        }

        private void begin(int stream, Http2Headers decoded) {
            CharSequence tag = decoded.get(TAG);
            if (tag != null) {
                Exchange exchange = new Exchange();
                streams.put(stream, exchange);
                exchanges.put(tag.toString(), exchange);
            }
        }

        private static ByteBuffer unpadded(int flags, byte[] payload) {
            return (flags & PADDED) == 0
                    ? ByteBuffer.wrap(payload)
                    : ByteBuffer.wrap(payload, 1, payload.length - 1 - (payload[0] & 0xff));
        }
    }
}
