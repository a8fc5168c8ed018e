package io.vmgauge.app;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One gRPC call by hand, for what our own client has no words for: app may not know gRPC. Of HTTP/2 only what a server
 * cannot do without, and of the answer only its bytes, in which names can be looked for.
 */
final class RawCall {
    private static final int LONGEST_SECONDS = 30;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int GO_AWAY = 7;
    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private RawCall() {}

    /** The bytes of the answer; empty if it is an error. */
    static byte[] answer(Path socket, String method, byte[] message) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS).execute(() -> hangUp(channel));
            DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
            out.write(ask(method, message));
            return read(new DataInputStream(Channels.newInputStream(channel)));
        }
    }

    /** On whoever waits for an answer, if somebody does. */
    private static void hangUp(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ask(String method, byte[] message) throws IOException {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        header(headers, ":method", "POST");
        header(headers, ":scheme", "http");
        header(headers, ":path", method);
        header(headers, ":authority", "localhost");
        header(headers, "te", "trailers");
        header(headers, "content-type", "application/grpc");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream prefix = new DataOutputStream(body);
        prefix.writeByte(0);
        prefix.writeInt(message.length);
        prefix.write(message);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        frame(all, SETTINGS, 0, 0, new byte[0]);
        frame(all, HEADERS, END_HEADERS, 1, headers.toByteArray());
        frame(all, DATA, END_STREAM, 1, body.toByteArray());
        return all.toByteArray();
    }

    /** Never indexed, never compressed. */
    private static void header(ByteArrayOutputStream out, String name, String value) throws IOException {
        out.write(0);
        out.write(name.length());
        out.write(name.getBytes(StandardCharsets.US_ASCII));
        out.write(value.length());
        out.write(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static void frame(ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload)
            throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(payload.length << 8 | type);
        data.writeByte(flags);
        data.writeInt(stream);
        data.write(payload);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            int lengthAndType = in.readInt();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = in.readNBytes(lengthAndType >>> 8);
            int type = lengthAndType & 0xff;
            if (type == GO_AWAY) {
                throw new IOException("turned away: " + new String(payload, StandardCharsets.ISO_8859_1));
            }
            if (stream == 1 && type == DATA) {
                body.write(payload);
            }
            if (stream == 1 && (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
                return body.toByteArray();
            }
        }
    }
}
