package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Single requests that cannot be answered: each costs its caller only. */
class RefusedRequestsTest extends HostileCallersFixture {
    @ParameterizedTest
    @CsvSource({
        "runtime.v1.RuntimeService/RunPodSandbox, point what needs RunPodSandbox at a container runtime",
        "runtime.v1.RuntimeService/GetContainerEvents, point what needs GetContainerEvents at a container runtime",
        "runtime.v1.RuntimeService/FromTheFuture, point what needs FromTheFuture at a container runtime",
        "runtime.v1.ImageService/PullImage, point what needs PullImage at a container runtime",
        "runtime.v1alpha2.RuntimeService/Version, 'it has no runtime.v1alpha2.RuntimeService/Version'",
        "containerd.services.version.v1.Version/Version, only CRI v1"
    })
    void whatItDoesNotDoIsUnimplementedAndToldWhatThisServerIs(String method, String words) {
        String said = refused(Status.Code.UNIMPLEMENTED, () -> call(method, new byte[0]));

        assertTrue(said.startsWith("vmgauge serves read-only stats of VMs; "), said);
        assertTrue(said.contains(words), said);
        servesOn();
    }

    @Test
    void aRequestThatIsNoMessageCostsItsCallerOnly() {
        byte[] garbage = {(byte) 0xff, (byte) 0xff, (byte) 0xff};

        assertEquals(
                "what was sent is not the request of this method",
                refused(
                        Status.Code.INVALID_ARGUMENT,
                        () -> call("runtime.v1.RuntimeService/ListContainerStats", garbage)));
        servesOn();
    }

    @Test
    void fieldsOfNewerVersionsAreReadPastAndSurviveBeingPassedOn() throws IOException {
        UnknownFieldSet future = Wire.future();
        ContainerStatsRequest request = ContainerStatsRequest.newBuilder()
                .setContainerId("aaa")
                .setUnknownFields(future)
                .build();

        ContainerStats stats = cri.runtime.containerStats(request).getStats();

        assertEquals("aaa", stats.getAttributes().getId());
        ContainerStats passedOn = ContainerStats.parseFrom(
                stats.toBuilder().setUnknownFields(future).build().toByteArray());
        assertEquals(future, passedOn.getUnknownFields());
    }

    @Test
    void aMistakeInOneCallIsInternalAndSpoilsNoOther() {
        cri.queries.mistake = Optional.of(new IllegalStateException("secret\ndetail"));
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    "vmgauge failed: see its log",
                    refused(
                            Status.Code.INTERNAL,
                            () -> cri.runtime.listContainerStats(ListContainerStatsRequest.getDefaultInstance())));
            assertEquals(
                    "vmgauge failed: see its log",
                    refused(
                            Status.Code.INTERNAL,
                            () -> cri.runtime.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())));
            assertEquals(
                    "vmgauge",
                    cri.runtime.version(VersionRequest.getDefaultInstance()).getRuntimeName());
        }

        cri.queries.mistake = Optional.empty();
        servesOn();
    }

    @Test
    void aRequestThatIsTooLargeIsRefused() {
        refused(
                Status.Code.RESOURCE_EXHAUSTED,
                () -> cri.runtime.containerStats(ContainerStatsRequest.newBuilder()
                        .setContainerId("x".repeat(32 << 20))
                        .build()));
        servesOn();
    }
}
