package io.vmgauge.adapters.grpc.socket;

import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The keys of {@code endpoint.cri} that say where the socket is and who may use it, checked; reference.conf says what each
 * means.
 *
 * @param group whose socket it becomes; empty: that of the process
 * @param firstByteTimeout how long a caller may be silent after it connected
 */
public record SocketSettings(
        Path path, Set<PosixFilePermission> mode, String group, int maxConnections, Duration firstByteTimeout) {

    /** All keys are checked. */
    public static SocketSettings of(Settings settings) {
        return new SocketSettings(
                path(settings),
                mode(settings),
                settings.text("group"),
                settings.number("max-connections", 1, 10_000),
                settings.duration("greeting-timeout"));
    }

    /** The same with another mode. */
    public SocketSettings withMode(Set<PosixFilePermission> other) {
        return new SocketSettings(path, other, group, maxConnections, firstByteTimeout);
    }

    /** Who may connect besides root and our own user. */
    public Optional<String> others() {
        if (mode.contains(PosixFilePermission.OTHERS_WRITE)) {
            return Optional.of("Every user of this host");
        }
        return mode.contains(PosixFilePermission.GROUP_WRITE)
                ? Optional.of("The group " + SafeText.line(group))
                : Optional.empty();
    }

    private static Path path(Settings settings) {
        String text = settings.text("socket");
        if (text.isBlank() || text.indexOf('\0') >= 0) {
            throw settings.refuse("socket", "the path of a unix socket");
        }
        if (bytes(text) > UnixSocket.LONGEST_PATH) {
            throw settings.refuse(
                    "socket",
                    "a path of at most " + UnixSocket.LONGEST_PATH + " bytes: no more fit into a socket's address");
        }
        try {
            Path path = Path.of(text);
            int longest = UnixSocket.LONGEST_PATH - bytes(PrivateDirectory.SOCKET.toString()) - 1;
            if (path.getParent() != null && bytes(path.getParent().toString()) > longest) {
                throw settings.refuse(
                        "socket",
                        "in a directory whose path has at most " + longest
                                + " bytes: the socket is made in a directory below that");
            }
            return path;
        } catch (InvalidPathException e) {
            throw settings.refuse("socket", "the path of a unix socket");
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Set<PosixFilePermission> mode(Settings settings) {
        String text = settings.text("mode");
        if (!text.matches("0?[0-7]{3}")) {
            throw settings.refuse("mode", "a file mode of three octal digits, such as 0660");
        }
        int bits = Integer.parseInt(text, 8);
        StringBuilder letters = new StringBuilder();
        for (int bit = 0; bit < 9; bit++) {
            letters.append((bits & (0400 >> bit)) == 0 ? '-' : "rwxrwxrwx".charAt(bit));
        }
        return Set.copyOf(PosixFilePermissions.fromString(letters.toString()));
    }
}
