package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.spi.Settings;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The section {@code endpoint.cri}, checked; reference.conf says what each key means.
 *
 * @param group whose socket it becomes; empty: that of the process
 * @param vmMetrics whether metrics include what only VMs have
 * @param relay absent: it answers by itself
 */
record CriSettings(
        Path socket,
        Set<PosixFilePermission> mode,
        String group,
        int maxConnections,
        int maxCalls,
        int maxRequestBytes,
        Duration greetingTimeout,
        boolean vmMetrics,
        Optional<RelaySettings> relay) {

    static CriSettings of(Settings settings) {
        Path socket = socket(settings);
        String group = settings.text("group");
        Optional<RelaySettings> relay = RelaySettings.of(settings, socket);
        Set<PosixFilePermission> mode = mode(settings);
        return new CriSettings(
                socket,
                relay.isPresent() && group.isEmpty() ? withoutGroup(mode) : mode,
                group,
                settings.number("max-connections", 1, 10_000),
                settings.number("max-calls", 1, 10_000),
                settings.number("max-request-bytes", 1024, 64 << 20),
                settings.duration("greeting-timeout"),
                settings.flag("vm-metrics"),
                relay);
    }

    /** Whoever may call a relay has the power of root: nobody gets it for a group that vmgauge happens to run with. */
    private static Set<PosixFilePermission> withoutGroup(Set<PosixFilePermission> mode) {
        return mode.stream().filter(each -> !each.name().startsWith("GROUP_")).collect(Collectors.toUnmodifiableSet());
    }

    static Path socket(Settings settings) {
        String text = settings.text("socket");
        if (text.isBlank() || text.indexOf('\0') >= 0) {
            throw settings.refuse("socket", "the path of a unix socket");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > UnixSocket.LONGEST_PATH) {
            throw settings.refuse(
                    "socket",
                    "a path of at most " + UnixSocket.LONGEST_PATH + " bytes: no more fit into a socket's address");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw settings.refuse("socket", "the path of a unix socket");
        }
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
