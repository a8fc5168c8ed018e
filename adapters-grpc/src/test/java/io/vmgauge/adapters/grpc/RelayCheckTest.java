package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.spi.Finding;
import io.vmgauge.ports.spi.Finding.Level;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a check says of the relay that runs: which VM is which container, or why it is none. */
class RelayCheckTest {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";

    private final RelayScenario relay = new RelayScenario();

    @AfterEach
    void close() {
        relay.close();
    }

    private List<Finding> findings() {
        List<Finding> all = new CriProvider().check(relay.settings());
        assertEquals("container runtime", all.get(0).subject());
        return all.subList(1, all.size());
    }

    private void runtimeSays(boolean hasDetails) {
        relay.runtime.answer(RUNTIME + "Status", request -> {
            StatusResponse.Builder status = StatusResponse.newBuilder();
            if (hasDetails && PodCalls.parsed(request, StatusRequest.parser()).getVerbose()) {
                status.putInfo("config", "{}");
            }
            return status.build().toByteArray();
        });
        byte[] containers = ListContainersResponse.newBuilder()
                .addContainers(Container.newBuilder()
                        .setId("ccc")
                        .setPodSandboxId("pod")
                        .setState(ContainerState.CONTAINER_RUNNING)
                        .putLabels("io.kubernetes.pod.uid", "uid-web")
                        .putLabels("io.kubernetes.container.name", "vm"))
                .build()
                .toByteArray();
        byte[] pods = ListPodSandboxResponse.newBuilder()
                .addItems(PodSandbox.newBuilder().setId("pod"))
                .build()
                .toByteArray();
        relay.runtime.answer(RUNTIME + "ListContainers", request -> containers);
        relay.runtime.answer(RUNTIME + "ListPodSandbox", request -> pods);
    }

    @Test
    void itSaysWhichContainersAreWhichVmsAndWhyAVmIsNone() {
        relay.queries.add(FakeQueries.placement("p", "web", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        relay.queries.add(FakeQueries.placement("q", "db", "bbb", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        runtimeSays(true);
        RelayScenario.eventually("it has looked", () -> findings().size() == 2);

        assertEquals(
                List.of(
                        new Finding(Level.GOOD, "containers that are VMs", "shop/web (VM vm-aaa) is container ccc", ""),
                        new Finding(
                                Level.HINT,
                                "containers that are VMs",
                                "shop/db (VM vm-bbb) is no container: the runtime has none with the id bbb, nor one"
                                        + " called vm in a pod with the uid uid-db",
                                "see docs/KUBELET.md for how a VM says which container it is")),
                findings());
    }

    @Test
    void aRuntimeWithoutDetailsLeavesItUnknown() {
        runtimeSays(false);
        assertEquals(
                "are not known: whoever serves at " + relay.socket + " does not say",
                findings().get(0).what());
    }

    @Test
    void aRelayThatDoesNotRunLeavesItUnknown() {
        relay.relay.close();
        assertEquals(
                List.of(new Finding(
                        Level.HINT,
                        "containers that are VMs",
                        "are not known: no vmgauge serves at " + relay.socket,
                        "start vmgauge and check again")),
                findings());
    }
}
