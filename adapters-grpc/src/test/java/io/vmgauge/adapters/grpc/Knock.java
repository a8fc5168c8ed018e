package io.vmgauge.adapters.grpc;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A program of its own, so that it can run as another user. It connects to the socket so many times, greets as HTTP/2
 * wants it, and prints how many of its connections were answered. It keeps them open until its input ends.
 */
final class Knock {
    private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};

    private Knock() {}

    public static void main(String[] arguments) throws IOException {
        List<SocketChannel> held = new ArrayList<>();
        int answered = 0;
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            answered += isAnswered(arguments[0], held) ? 1 : 0;
        }
        System.out.println(answered);
        System.in.read();
        for (SocketChannel channel : held) {
            channel.close();
        }
    }

    private static boolean isAnswered(String socket, List<SocketChannel> held) {
        try {
            SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            held.add(channel);
            channel.write(ByteBuffer.wrap("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            channel.write(ByteBuffer.wrap(EMPTY_SETTINGS));
            return channel.read(ByteBuffer.allocate(9)) > 0;
        } catch (IOException turnedAway) {
            return false;
        }
    }
}
