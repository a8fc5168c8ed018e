package io.vmgauge.adapters.grpc;

import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.domain.identity.VmState;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever others do, a kubelet that keeps its connection is answered as quickly as before: by the agent, and in the relay. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KubeletAmongHostileCallersTest {
    private static final int CONTAINERS = 110;

    private final CriScenario cri = new CriScenario();
    private final RelayScenario relay = new RelayScenario();
    private final Kubelet ofAgent = new Kubelet(cri.socket);
    private final Kubelet ofRelay = new Kubelet(relay.socket);

    KubeletAmongHostileCallersTest() {
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

    @AfterAll
    void close() {
        ofAgent.close();
        ofRelay.close();
        cri.close();
        relay.close();
    }

    @ParameterizedTest
    @EnumSource
    void theAgentServesItWell(Attack attack) {
        ofAgent.isServedWellDuring(attack + " of the agent", () -> attack.round(cri.socket, cri.channel));
    }

    @ParameterizedTest
    @EnumSource
    void theRelayServesItWell(Attack attack) {
        ofRelay.isServedWellDuring(attack + " of the relay", () -> attack.round(relay.socket, relay.through));
    }
}
