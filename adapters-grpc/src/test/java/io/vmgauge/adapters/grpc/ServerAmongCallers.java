package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.domain.identity.VmState;
import java.util.Map;

/** An agent and a relay with 110 containers each, a kubelet that is connected to each, and room for hostile callers. */
final class ServerAmongCallers implements AutoCloseable {
    private static final int CONTAINERS = 110;

    private final CriScenario cri = new CriScenario();
    private final RelayScenario relay = new RelayScenario();
    final Kubelet ofAgent = new Kubelet(cri.socket);
    final Kubelet ofRelay = new Kubelet(relay.socket);

    ServerAmongCallers() {
        ListContainerStatsResponse.Builder stats = ListContainerStatsResponse.newBuilder();
        for (int i = 0; i < CONTAINERS; i++) {
            cri.queries.add(
                    FakeQueries.placement("pod-" + i, "web-" + i, "id-" + i, Map.of()),
                    VmState.RUNNING,
                    FakeQueries.FULL);
            stats.addStats(ContainerStats.newBuilder()
                    .setAttributes(ContainerAttributes.newBuilder()
                            .setId("id-" + i)
                            .putLabels("io.kubernetes.pod.name", "web-" + i)));
        }
        byte[] answer = stats.build().toByteArray();
        relay.runtime.answer("runtime.v1.RuntimeService/ListContainerStats", request -> answer);
        relay.runtime.answer("runtime.v1.RuntimeService/ContainerStats", request -> answer);
    }

    Kubelet.Misdeed ofAgent(Attack attack) {
        return () -> attack.round(cri.socket, cri.channel);
    }

    Kubelet.Misdeed ofRelay(Attack attack) {
        return () -> attack.round(relay.socket, relay.through);
    }

    @Override
    public void close() {
        ofAgent.close();
        ofRelay.close();
        cri.close();
        relay.close();
    }
}
