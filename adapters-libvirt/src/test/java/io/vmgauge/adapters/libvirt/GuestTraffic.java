package io.vmgauge.adapters.libvirt;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Much traffic between this host and a guest of lab/guest, over the two services that it has. */
final class GuestTraffic {
    static final long BYTES = 20 << 20;

    private static final int DISCARD = 9;
    private static final int SEND = 19;
    private static final int PATIENCE_MILLIS = 30_000;

    private final InetAddress guest;

    /** @param device of this host, to whose network the guest belongs */
    GuestTraffic(String device) throws IOException {
        String told = PrivateLibvirtd.run(new ProcessBuilder("ip", "-4", "-o", "addr", "show", "dev", device))
                .orFail();
        guest = InetAddress.getByName(told.replaceAll("(?s).* inet (10\\.77\\.[0-9]+\\.)1/.*", "$12"));
    }

    /** Returns when the guest has received all of it. */
    void toGuest() throws IOException {
        try (Socket socket = connected(DISCARD)) {
            socket.getOutputStream().write(new byte[(int) BYTES]);
            socket.shutdownOutput();
            read(socket, 0);
        }
    }

    /** Returns when the guest has sent all of it. */
    void toHost() throws IOException {
        try (Socket socket = connected(SEND)) {
            read(socket, BYTES);
        }
    }

    private Socket connected(int port) throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.connect(new InetSocketAddress(guest, port), PATIENCE_MILLIS);
        return socket;
    }

    /** To the end. */
    private static void read(Socket socket, long expected) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
            total += n;
        }
        if (total != expected) {
            throw new AssertionError("the guest sent " + total + " bytes");
        }
    }
}
