package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;

/** Whether the runtime's socket can be connected to, by this user. */
final class UpstreamCheck {
    private static final String SUBJECT = "container runtime";

    private UpstreamCheck() {}

    static Finding of(RelaySettings relay) {
        String socket = Words.line(relay.socket().toString());
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(relay.socket())).close();
            return new Finding(Level.GOOD, SUBJECT, "can be connected to at " + socket, "");
        } catch (IOException e) {
            return new Finding(
                    Level.PROBLEM,
                    SUBJECT,
                    "cannot be connected to at " + socket + ": " + UnixSocket.reason(e),
                    "start it, or run as a user who may write to its socket, or change endpoint.cri.upstream");
        }
    }
}
