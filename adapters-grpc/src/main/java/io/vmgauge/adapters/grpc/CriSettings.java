package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.relay.RelaySettings;
import io.vmgauge.adapters.grpc.socket.SocketSettings;
import io.vmgauge.ports.spi.Settings;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The section {@code endpoint.cri}, checked; reference.conf says what each key means.
 *
 * @param vmMetrics whether metrics include what only VMs have
 * @param relay absent if vmgauge answers by itself
 */
record CriSettings(
        SocketSettings socket, int maxCalls, int maxRequestBytes, boolean vmMetrics, Optional<RelaySettings> relay) {

    static CriSettings of(Settings settings) {
        SocketSettings socket = SocketSettings.of(settings);
        Optional<RelaySettings> relay = RelaySettings.of(settings, socket.path());
        return new CriSettings(
                relay.isPresent() && socket.group().isEmpty() ? socket.withMode(withoutGroup(socket.mode())) : socket,
                settings.number("max-calls", 1, 10_000),
                settings.number("max-request-bytes", 1024, 64 << 20),
                settings.flag("vm-metrics"),
                relay);
    }

    /** Whoever may call a relay has the power of root. A group that vmgauge merely runs with does not get it. */
    private static Set<PosixFilePermission> withoutGroup(Set<PosixFilePermission> mode) {
        return mode.stream().filter(each -> !each.name().startsWith("GROUP_")).collect(Collectors.toUnmodifiableSet());
    }
}
