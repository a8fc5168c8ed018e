package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.client.CriStatsClient;
import io.vmgauge.adapters.grpc.relay.UpstreamCheck;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.spi.Endpoint;
import io.vmgauge.ports.spi.EndpointProvider;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Settings;
import io.vmgauge.ports.spi.StatsClient;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Serves CRI v1 on a unix socket, and reads CRI from any socket. It loads gRPC and Netty only when they are needed: the
 * command line also asks for a path alone.
 */
public final class CriProvider implements EndpointProvider {
    private static final int LOOKS = 100;
    private static final int LOOK_MILLIS = 50;

    @Override
    public String name() {
        return "cri";
    }

    @Override
    public Endpoint serve(UsageQueries queries, Settings settings) {
        CriSettings checked = CriSettings.of(settings);
        if (checked.relay().isPresent()) {
            awaitNumbers(queries);
        }
        return CriServer.start(queries, checked);
    }

    /**
     * Waits for the first round, a few seconds at most. Before it, containers that are VMs would show their cgroups'
     * numbers, and the VMs' numbers that follow would look like work of one instant. A kubelet tolerates a refusal for
     * a while, but the start must not hang on a hypervisor that is gone.
     */
    private static void awaitNumbers(UsageQueries queries) {
        try {
            for (int i = 0; i < LOOKS && queries.status().problem().isPresent(); i++) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public StatsClient connect(Path socket) {
        return new CriStatsClient(socket);
    }

    @Override
    public Path socket(Settings settings) {
        return CriSettings.of(settings).socket().path();
    }

    @Override
    public boolean isForKubelet(Settings settings) {
        return CriSettings.of(settings).relay().isPresent();
    }

    @Override
    public List<Finding> check(Settings settings) {
        CriSettings checked = CriSettings.of(settings);
        return checked.relay().stream()
                .flatMap(relay -> Stream.concat(
                        Stream.of(UpstreamCheck.of(relay)),
                        RelayCheck.of(checked.socket().path()).stream()))
                .toList();
    }
}
