package io.vmgauge.adapters.grpc.relay;

import io.vmgauge.adapters.grpc.socket.FileErrors;
import io.vmgauge.adapters.grpc.socket.SocketProbe;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.io.IOException;

/** Whether the runtime's socket can be connected to, by this user. */
public final class UpstreamCheck {
    private static final String SUBJECT = "container runtime";

    private UpstreamCheck() {}

    public static Finding of(RelaySettings relay) {
        String socket = SafeText.line(relay.socket().toString());
        try {
            return SocketProbe.connect(relay.socket())
                    ? new Finding(Level.GOOD, SUBJECT, "can be connected to at " + socket, "")
                    : new Finding(
                            Level.PROBLEM,
                            SUBJECT,
                            "accepts no connection at " + socket + " at present",
                            "look at its process: is it stopped?");
        } catch (IOException e) {
            return new Finding(
                    Level.PROBLEM,
                    SUBJECT,
                    "cannot be connected to at " + socket + ": " + FileErrors.reason(e),
                    "start it, or run as a user who may write to its socket, or change endpoint.cri.upstream");
        }
    }
}
