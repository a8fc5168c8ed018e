package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of {@code endpoint.cri} that make a relay of it; reference.conf says what each means.
 *
 * @param socket the real runtime's
 * @param patience how long the start may wait for it
 * @param maxMessageBytes the largest message either way
 */
record RelaySettings(Path socket, Duration patience, int maxMessageBytes) {
    private static final Logger log = LoggerFactory.getLogger(RelaySettings.class);
    private static final String SCHEME = "unix://";

    /** Absent if there is no upstream. All keys are checked either way. */
    static Optional<RelaySettings> of(Settings settings, Path own) {
        Duration patience = settings.duration("upstream-wait");
        int maxMessageBytes = settings.number("upstream-max-message-bytes", 4 << 20, 256 << 20);
        String text = settings.text("upstream");
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(new RelaySettings(socket(settings, text, own), patience, maxMessageBytes));
    }

    /** The runtime does for its callers whatever they ask, as root; and whoever may call us may call it. */
    static void warnOfPower(CriSettings settings) {
        others(settings)
                .ifPresent(who -> log.warn(
                        "{} can have the container runtime do anything as root, through {}: leave endpoint.cri.group empty"
                                + " and endpoint.cri.mode 0660 unless you mean it",
                        who,
                        settings.socket()));
    }

    /** Who may call besides root and our own user. */
    static Optional<String> others(CriSettings settings) {
        if (settings.mode().contains(PosixFilePermission.OTHERS_WRITE)) {
            return Optional.of("Every user of this host");
        }
        return settings.mode().contains(PosixFilePermission.GROUP_WRITE)
                ? Optional.of("The group " + Words.line(settings.group()))
                : Optional.empty();
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
