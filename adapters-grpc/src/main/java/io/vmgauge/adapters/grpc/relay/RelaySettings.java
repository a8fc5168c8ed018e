package io.vmgauge.adapters.grpc.relay;

import io.vmgauge.adapters.grpc.socket.UnixSocket;
import io.vmgauge.ports.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The keys of {@code endpoint.cri} that make the endpoint a relay. reference.conf says what each means.
 *
 * @param socket the real runtime's
 * @param patience how long the start may wait for it
 * @param maxMessageBytes the largest message either way
 */
public record RelaySettings(Path socket, Duration patience, int maxMessageBytes) {
    private static final String SCHEME = "unix://";

    /** Absent if there is no upstream. All keys are checked either way. */
    public static Optional<RelaySettings> of(Settings settings, Path own) {
        Duration patience = settings.duration("upstream-wait");
        int maxMessageBytes = settings.number("upstream-max-message-bytes", 4 << 20, 256 << 20);
        String text = settings.text("upstream");
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(new RelaySettings(socket(settings, text, own), patience, maxMessageBytes));
    }

    private static Path socket(Settings settings, String text, Path own) {
        String path = text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : "";
        if (!path.startsWith("/")
                || path.indexOf('\0') >= 0
                || path.getBytes(StandardCharsets.UTF_8).length > UnixSocket.LONGEST_PATH) {
            throw wrong(settings);
        }
        try {
            Path socket = Path.of(path);
            if (socket.normalize().equals(own.toAbsolutePath().normalize())) {
                throw settings.refuse("upstream", "another socket than endpoint.cri.socket, which is vmgauge's own");
            }
            return socket;
        } catch (InvalidPathException e) {
            throw wrong(settings);
        }
    }

    private static RuntimeException wrong(Settings settings) {
        return settings.refuse(
                "upstream", "empty or a runtime's socket such as unix:///run/containerd/containerd.sock");
    }
}
