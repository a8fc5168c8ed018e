package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One connection with calls whose requests come piece by piece and never end. */
final class EndlessRequests implements AutoCloseable {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int ACK = 1;
    private static final int ANNOUNCED = 60_000;
    /** The largest frame of HTTP/2, less the header that gRPC puts before a message. */
    static final int LARGEST_PIECE = (16 << 10) - 5;

    final AtomicInteger refused = new AtomicInteger();
    private final Semaphore settled = new Semaphore(0);
    private final SocketChannel caller;
    private final Thread reader = new Thread(this::read);

    EndlessRequests(Path socket) throws IOException {
        caller = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        send(Garbage.preface());
        reader.start();
        settle();
    }

    /** Begins calls with one piece each, which says how long the rest would be. */
    void begin(int calls) throws IOException {
        begin(calls, 1);
    }

    /** @param size what the piece carries besides */
    void begin(int calls, int size) throws IOException {
        for (int call = 0; call < calls; call++) {
            send(Garbage.frame(HEADERS, 4, id(call), Garbage.headers("/runtime.v1.RuntimeService/ListContainerStats")));
            send(Garbage.frame(
                    DATA,
                    0,
                    id(call),
                    ByteBuffer.allocate(5 + size)
                            .put((byte) 0)
                            .putInt(ANNOUNCED)
                            .array()));
        }
    }

    /** One byte more for each. */
    void goOn(int calls) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int call = 0; call < calls; call++) {
            bytes.writeBytes(Garbage.frame(DATA, 0, id(call), new byte[1]));
        }
        send(bytes.toByteArray());
    }

    /** Returns when the server has read everything or has closed the connection. */
    void settle() throws IOException {
        // This sends settings, since gRPC hangs up on those who ping too often.
        send(Garbage.frame(SETTINGS, 0, 0, new byte[0]));
        try {
            assertTrue(settled.tryAcquire(20, TimeUnit.SECONDS), "no answer within 20 s");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static int id(int call) {
        return 2 * call + 1;
    }

    private void send(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            caller.write(buffer);
        }
    }

    private void read() {
        try (DataInputStream frames = new DataInputStream(Channels.newInputStream(caller))) {
            while (true) {
                int length = frames.readUnsignedByte() << 16 | frames.readUnsignedShort();
                int type = frames.readByte();
                int flags = frames.readByte();
                // Refused with a status, and that is the end of the call.
                if (type == HEADERS) {
                    refused.incrementAndGet();
                }
                if (type == SETTINGS && (flags & ACK) != 0) {
                    settled.release();
                }
                frames.skipNBytes(4L + length);
            }
        } catch (IOException ended) {
            // By either side: nobody shall wait any more.
            settled.release(1000);
        }
    }

    @Override
    public void close() throws IOException {
        caller.close();
        try {
            reader.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
