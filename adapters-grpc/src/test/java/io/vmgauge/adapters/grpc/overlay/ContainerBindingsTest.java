package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeStatus;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which of the runtime's containers is taken for which VM, and what is said of it. */
class ContainerBindingsTest extends OverlayFixture {
    private static final long RUNTIMES = 5;

    @Test
    void aContainerIsBoundByTheIdThatTheVmClaims() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "other", MADE));
        assertEquals(VMS, cpuOf("aaa"));
    }

    @Test
    void aContainerIsBoundByItsIdBeingTheVmsOwn() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("vm-claimed", "other", MADE));
        assertEquals(VMS, cpuOf("vm-claimed"));
    }

    @Test
    void aContainerIsBoundByThePodsUidAndItsName() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE));
        assertEquals(VMS, cpuOf("ccc"));
    }

    @Test
    void aVmOlderThanTheContainerIsBoundByNameToo() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE + 1));
        assertEquals(VMS, cpuOf("ccc"));
    }

    @Test
    void twoVmsForOneContainerAreNone() {
        vm("one", FakeQueries.FULL);
        vm("two", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE));
        assertEquals(RUNTIMES, cpuOf("ccc"));
    }

    @Test
    void oneVmForTwoContainersIsNone() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE), container("ddd", "vm", MADE));
        assertEquals(RUNTIMES, cpuOf("ccc"));
        assertEquals(RUNTIMES, cpuOf("ddd"));
    }

    @Test
    void onlyRunningContainersOfReadyPodsAreBound() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(PodSandboxState.SANDBOX_NOTREADY, container("aaa", "vm", MADE));
        assertEquals(RUNTIMES, cpuOf("aaa"));
        runtimeRuns(container("aaa", "vm", MADE).toBuilder()
                .setState(ContainerState.CONTAINER_EXITED)
                .build());
        assertEquals(RUNTIMES, cpuOf("aaa"));
    }

    @Test
    void aContainerThatMayBeAVmMakesItLookAndOneThatCannotDoesNot() {
        vm("claimed", FakeQueries.FULL);
        list(stats("ddd", "sidecar", 5));
        assertEquals(0, looks);
        list(stats("ccc", "vm", 5));
        assertEquals(1, looks);
    }

    @Test
    void aBoundContainerStaysWhoseItIsThoughAnotherVmClaimsItsId() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE));
        assertEquals(VMS, cpuOf("ccc"));
        vm("ccc", FakeQueries.usage(FakeQueries.SEEN.plusSeconds(70), VMS + 630_000_000L));
        runtimeRuns(container("ccc", "vm", MADE));

        assertEquals(VMS, cpuOf("ccc"));
        assertEquals(
                new BindingReport(
                        List.of("shop/web (VM vm-claimed) is container ccc"),
                        List.of("shop/web (VM vm-ccc) is no container: container ccc is VM vm-claimed already")),
                bindings.report());
    }

    @Test
    void anotherVmTakesTheContainerOfOneThatIsGoneAndOnlyItsGrowthCounts() {
        vm("claimed", FakeQueries.FULL);
        runtimeRuns(container("ccc", "vm", MADE));
        assertEquals(VMS, cpuOf("ccc"));
        queries.remove("claimed");
        vm("other", FakeQueries.usage(FakeQueries.SEEN.plusSeconds(70), 9 * VMS));
        runtimeRuns(container("ccc", "vm", MADE));
        assertEquals(VMS, cpuOf("ccc"));
        queries.change("other", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(75), 9 * VMS + 8));
        assertEquals(VMS + 8, cpuOf("ccc"));
    }

    @Test
    void itIsSaidWhyAVmIsNoContainer() {
        vm("aaa", FakeQueries.FULL);
        assertWhy("the runtime has none with the id aaa, nor one called vm in a pod with the uid uid-web");
        assertWhy(
                "its container ccc does not run",
                container("ccc", "vm", MADE).toBuilder()
                        .setState(ContainerState.CONTAINER_EXITED)
                        .build());
        assertWhy(
                "the pod of its container ccc is not ready",
                container("ccc", "vm", MADE).toBuilder()
                        .setPodSandboxId("other pod")
                        .build());
        assertWhy("containers ccc and ddd both fit", container("ccc", "vm", MADE), container("ddd", "vm", MADE));
        vm("bbb", FakeQueries.FULL);
        assertWhy("VM vm-bbb claims container ccc too", container("ccc", "vm", MADE));
    }

    private void assertWhy(String why, Container... containers) {
        runtimeRuns(containers);
        assertEquals(
                "shop/web (VM vm-aaa) is no container: " + why,
                bindings.report().unbound().get(0));
    }

    @Test
    void itIsSaidAmongTheDetailsOfTheRuntimeIfThoseWereAskedFor() throws InvalidProtocolBufferException {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        StatusResponse brief = StatusResponse.newBuilder()
                .setStatus(RuntimeStatus.newBuilder()
                        .addConditions(RuntimeCondition.newBuilder().setType("RuntimeReady")))
                .setUnknownFields(FUTURE)
                .build();
        assertArrayEquals(brief.toByteArray(), overlaid("Status", brief.toByteArray()));

        StatusResponse verbose = brief.toBuilder().putInfo("config", "{}").build();
        StatusResponse told = StatusResponse.parseFrom(overlaid("Status", verbose.toByteArray()));
        assertEquals(verbose.getStatus(), told.getStatus());
        assertEquals(FUTURE, told.getUnknownFields());
        assertEquals(
                Map.of(
                        "config",
                        "{}",
                        "vmgauge",
                        "{\"version\":\"1.2.3\",\"runningVms\":2,\"unresponsiveVms\":[]}",
                        "vmgauge.bound",
                        "[\"shop/web (VM vm-aaa) is container aaa\"]",
                        "vmgauge.unbound",
                        "[]"),
                told.getInfoMap());
        assertEquals(bindings.report(), BindingReport.of(told.getInfoMap()));
    }

    @Test
    void itIsSaidThatTheVmOfAContainerIsGone() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        assertEquals(VMS, cpuOf("aaa"));
        queries.remove("aaa");
        runtimeRuns(container("aaa", "vm", MADE));
        assertEquals(
                List.of("VM vm-aaa of container aaa is gone: the runtime's numbers are told"),
                bindings.report().unbound());
        queries.problem("no round has finished for 30 s");
        runtimeRuns(container("aaa", "vm", MADE));
        assertEquals(
                List.of("VM vm-aaa of container aaa is not seen at present"),
                bindings.report().unbound());
    }

    @Test
    void whatIsKnownOfContainersThatAreGoneIsForgotten() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        assertEquals(VMS, cpuOf("aaa"));
        runtimeRuns();
        assertEquals(RUNTIMES, cpuOf("aaa"));
    }
}
