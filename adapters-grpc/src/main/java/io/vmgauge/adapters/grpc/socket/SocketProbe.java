package io.vmgauge.adapters.grpc.socket;

import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Looks whether there is a unix socket, and whether somebody serves on it. */
public final class SocketProbe {
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;

    private SocketProbe() {}

    /**
     * Connects and hangs up. It never waits: a server that is frozen may have a full queue of callers.
     *
     * @return false if somebody listens there but accepts nobody at present
     * @throws IOException if it cannot be connected to
     */
    public static boolean connect(Path path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.configureBlocking(false);
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (SocketException e) {
            // EAGAIN, for which Java has no type.
            if (String.valueOf(e.getMessage()).contains("temporarily unavailable")) {
                return false;
            }
            throw e;
        }
    }

    /** Whether the path is a socket. A link to a socket is none. */
    static boolean isSocket(Path path) throws IOException {
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & FILE_TYPE) == SOCKET;
    }
}
