package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.ImageFsInfoRequest;
import io.vmgauge.adapters.grpc.cri.ListImagesRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusRequest;
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeConfigRequest;
import io.vmgauge.adapters.grpc.cri.StatusRequest;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.adapters.grpc.cri.VersionResponse;
import io.vmgauge.ports.inbound.AgentStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What vmgauge says of itself, and how it refuses what is unknown. */
class RuntimeServiceTest extends ThreePodsFixture {
    @Test
    void theVersionIsWhatKubeletsInsistOn() {
        VersionResponse version = cri.runtime.version(
                VersionRequest.newBuilder().setVersion("0.1.0").build());

        assertEquals(
                VersionResponse.newBuilder()
                        .setVersion("0.1.0")
                        .setRuntimeName("vmgauge")
                        .setRuntimeVersion("1.2.3")
                        .setRuntimeApiVersion("v1")
                        .build(),
                version);
    }

    @Test
    void aHealthyAgentIsReady() {
        StatusResponse status = cri.runtime.status(StatusRequest.getDefaultInstance());

        List<RuntimeCondition> conditions = status.getStatus().getConditionsList();
        assertEquals(
                List.of("RuntimeReady", "NetworkReady"),
                conditions.stream().map(RuntimeCondition::getType).toList());
        assertTrue(conditions.stream().allMatch(RuntimeCondition::getStatus));
        assertEquals(0, status.getInfoCount());
    }

    @Test
    void aProblemMakesTheRuntimeUnreadyAndSaysWhy() {
        cri.queries.status = new AgentStatus("1.2.3", Optional.of("cannot reach\nlibvirtd\u001b[2J"), 0, List.of());

        RuntimeCondition ready = cri.runtime
                .status(StatusRequest.getDefaultInstance())
                .getStatus()
                .getConditions(0);

        assertFalse(ready.getStatus());
        assertEquals("HypervisorUnavailable", ready.getReason());
        assertEquals("cannot reach libvirtd?[2J", ready.getMessage());
    }

    @Test
    void aVerboseStatusIsJson() {
        cri.queries.status = new AgentStatus("1.2.3", Optional.empty(), 2, List.of("a \"b\"", "c\\\n"));

        StatusResponse status =
                cri.runtime.status(StatusRequest.newBuilder().setVerbose(true).build());

        assertEquals(
                Map.of(
                        "vmgauge",
                        "{\"version\":\"1.2.3\",\"runningVms\":2,\"unresponsiveVms\":[\"a \\\"b\\\"\",\"c\\\\\\n\"]}"),
                status.getInfoMap());
    }

    @Test
    void theRuntimeConfigNamesACgroupDriver() {
        assertTrue(cri.runtime
                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                .hasLinux());
    }

    @Test
    void whatIsUnknownIsNotFound() {
        assertEquals("there is no container zzz", refused(Status.Code.NOT_FOUND, () -> status("zzz")));
        assertEquals(
                "there is no pod sandbox zzz",
                refused(
                        Status.Code.NOT_FOUND,
                        () -> cri.runtime.podSandboxStatus(PodSandboxStatusRequest.newBuilder()
                                .setPodSandboxId("zzz")
                                .build())));
    }

    @Test
    void emptyAndAmbiguousIdsAreInvalid() {
        assertEquals(
                "container id \"\": an id must not be empty", refused(Status.Code.INVALID_ARGUMENT, () -> status("")));
        assertEquals(
                "container id \"aaa\": several ids begin with it",
                refused(Status.Code.INVALID_ARGUMENT, () -> status("aaa")));
    }

    @Test
    void anIdThatIsNoIdIsRepeatedHarmlessly() {
        String words = refused(Status.Code.NOT_FOUND, () -> status("\u001b[2J\r\n" + "x".repeat(60_000)));

        assertTrue(words.length() < 200, words);
    }

    @Test
    void thereAreNoImagesAndNobodyFailsForIt() {
        assertEquals(
                0, cri.images.listImages(ListImagesRequest.getDefaultInstance()).getImagesCount());
        assertEquals(
                0,
                cri.images.imageFsInfo(ImageFsInfoRequest.getDefaultInstance()).getImageFilesystemsCount());
    }
}
