package io.vmgauge.adapters.grpc;

import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.StatsClient;
import java.nio.file.Path;
import java.util.List;

/**
 * Serves CRI v1 on a unix socket, and reads it from any. It touches neither gRPC nor Netty until it has to: the command
 * line asks it for a path too.
 */
public final class CriProvider implements EndpointProvider {
    @Override
    public String name() {
        return "cri";
    }

    @Override
    public Endpoint serve(UsageQueries queries, Settings settings) {
        return CriServer.start(queries, CriSettings.of(settings));
    }

    @Override
    public StatsClient connect(Path socket) {
        return new CriStatsClient(socket);
    }

    @Override
    public Path socket(Settings settings) {
        return CriSettings.of(settings).socket();
    }

    @Override
    public List<Finding> check(Settings settings) {
        return CriSettings.of(settings).relay().stream().map(UpstreamCheck::of).toList();
    }
}
