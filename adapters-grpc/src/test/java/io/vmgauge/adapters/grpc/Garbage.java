package io.vmgauge.adapters.grpc;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** Bytes that are no HTTP/2, or begin as if they were. */
final class Garbage {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    /** An empty SETTINGS frame, after which anything may follow. */
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    private Garbage() {}

    /** @param times so many connections, each with its own bytes */
    static void pour(Path socket, int times, long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < times; i++) {
            byte[] noise = new byte[random.nextInt(2000)];
            random.nextBytes(noise);
            try (SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                if (i % 3 > 0) {
                    caller.write(ByteBuffer.wrap(PREFACE));
                }
                if (i % 3 > 1) {
                    caller.write(ByteBuffer.wrap(SETTINGS));
                }
                caller.write(ByteBuffer.wrap(noise));
            } catch (IOException alreadyThrownOut) {
                // That is one of the right answers.
            }
        }
    }
}
