package io.vmgauge.adapters.grpc;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Byte strings that no honest caller sends. Each connection gets some that are good HTTP/2 around bad gRPC, which a
 * server must survive, and then one that is not even HTTP/2, after which it must hang up.
 */
final class Garbage {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;
    private static final int OF_OUR_OWN = 0xbb;
    private static final List<String> PATHS = List.of(
            "/runtime.v1.RuntimeService/ListContainerStats",
            "/runtime.v1.RuntimeService/PodSandboxStats",
            "/runtime.v1.RuntimeService/NoSuchCall",
            "/",
            "//",
            "no slash",
            "/../../etc/passwd\u0001");

    private final Random random;
    private int stream = -1;

    private Garbage(Random random) {
        this.random = random;
    }

    static byte[] preface() {
        return PREFACE.clone();
    }

    /** Sends so many strings. Fails if the server leaves one of their connections open. */
    static void pour(Path socket, int strings, long seed) throws IOException {
        Random random = new Random(seed);
        for (int sent = 0; sent < strings; ) {
            int bearable = random.nextInt(20);
            try (SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                new Garbage(random).pour(caller, bearable);
            }
            sent += bearable + 1;
        }
    }

    private void pour(SocketChannel caller, int bearable) throws IOException {
        try {
            if (bearable > 0 || random.nextBoolean()) {
                send(caller, PREFACE);
                send(caller, frame(SETTINGS, 0, 0, new byte[0]));
            }
            for (int i = 0; i < bearable; i++) {
                send(caller, bearable());
            }
            send(caller, random.nextBoolean() ? noise(2000) : unbearable());
            caller.shutdownOutput();
        } catch (IOException alreadyThrownOut) {
            // That is one of the right answers.
        }
        try {
            ByteBuffer answer = ByteBuffer.allocate(1 << 16);
            while (caller.read(answer) >= 0) {
                answer.clear();
            }
        } catch (IOException reset) {
            // Likewise: the server has hung up.
        }
    }

    private static void send(SocketChannel caller, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            caller.write(buffer);
        }
    }

    private byte[] bearable() {
        return switch (random.nextInt(8)) {
            case 0 -> frame(PING, random.nextInt(2), 0, exactly(8));
            case 1 -> frame(OF_OUR_OWN, random.nextInt(256), random.nextInt(100), noise(100));
            default -> call();
        };
    }

    /** A whole call whose body is no message, or not as long as it says, or compressed by nobody knows what. */
    private byte[] call() {
        stream += 2;
        byte[] body = noise(200);
        int length = random.nextBoolean() ? body.length : random.nextInt();
        ByteBuffer message = ByteBuffer.allocate(5 + body.length)
                .put((byte) random.nextInt(3))
                .putInt(length)
                .put(body);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(frame(HEADERS, END_HEADERS, stream, headers(PATHS.get(random.nextInt(PATHS.size())))));
        bytes.writeBytes(frame(DATA, END_STREAM, stream, message.array()));
        return bytes.toByteArray();
    }

    static byte[] headers(String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        // POST and http, from HPACK's own table; the others as they are.
        block.write(0x83);
        block.write(0x86);
        for (String text : List.of(":path", path, "content-type", "application/grpc", "te", "trailers")) {
            if (text.equals(":path") || text.equals("content-type") || text.equals("te")) {
                block.write(0);
            }
            block.write(text.length());
            block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        return block.toByteArray();
    }

    /** A frame of any kind, on any stream, with anything in it. */
    private byte[] unbearable() {
        return frame(random.nextInt(12), random.nextInt(256), random.nextInt(), noise(500));
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private byte[] noise(int most) {
        return exactly(random.nextInt(most));
    }

    private byte[] exactly(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }
}
