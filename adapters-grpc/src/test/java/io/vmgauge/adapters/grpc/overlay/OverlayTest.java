package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.Wire;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.FilesystemIdentifier;
import io.vmgauge.adapters.grpc.cri.FilesystemUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeStatus;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.usage.Usage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of the runtime's containers is taken for which VM, and what then becomes of the runtime's stats. */
class OverlayTest {
    private static final UnknownFieldSet FUTURE = UnknownFieldSet.newBuilder()
            .addField(
                    900,
                    UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.copyFromUtf8("from 2030"))
                            .build())
            .build();
    private static final long MADE = Timestamps.nanos(FakeQueries.SEEN);

    private final FakeQueries queries = new FakeQueries();
    private final ContainerBindings bindings = new ContainerBindings(queries);
    private int looks;
    /** What the runtime had counted of its containers: as much as the VM. */
    private List<ContainerStats> counted = List.of();

    private final Overlay overlay = new Overlay(
            queries,
            bindings,
            new MetricsMerge(true),
            then -> looks++,
            then -> {},
            then -> then.accept(
                    ListContainerStatsResponse.newBuilder().addAllStats(counted).build()));

    /** A VM that claims the container "vm" of the pod with the uid "uid-web". */
    private void vm(String claimedId, Usage usage) {
        queries.add(FakeQueries.placement("claimed-pod", "web", claimedId, Map.of()), VmState.RUNNING, usage);
    }

    private static Container container(String id, String name, long createdAt) {
        return Container.newBuilder()
                .setId(id)
                .setPodSandboxId("pod")
                .setState(ContainerState.CONTAINER_RUNNING)
                .setCreatedAt(createdAt)
                .putLabels("io.kubernetes.pod.uid", "uid-web")
                .putLabels("io.kubernetes.container.name", name)
                .build();
    }

    private void runtimeRuns(Container... containers) {
        runtimeRuns(PodSandboxState.SANDBOX_READY, containers);
    }

    private void runtimeRuns(PodSandboxState state, Container... containers) {
        ListContainersResponse.Builder all = ListContainersResponse.newBuilder();
        for (Container container : containers) {
            all.addContainers(container);
        }
        counted = Stream.of(containers)
                .map(container -> stats(container.getId(), "vm", VMS))
                .toList();
        overlay.learn(
                all.build(),
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod").setState(state))
                        .build());
    }

    private static ContainerStats stats(String id, String name, long cpuNanos) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder()
                        .setId(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName(name))
                        .putLabels("io.kubernetes.pod.uid", "uid-web")
                        .putLabels("io.kubernetes.container.name", name))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(7)
                        .setUsageCoreNanoSeconds(UsageMapping.value(cpuNanos))
                        .setUsageNanoCores(UsageMapping.value(10)))
                .setMemory(MemoryUsage.newBuilder()
                        .setTimestamp(7)
                        .setWorkingSetBytes(UsageMapping.value(100))
                        .setUsageBytes(UsageMapping.value(100))
                        .setRssBytes(UsageMapping.value(100)))
                .setUnknownFields(FUTURE)
                .build();
    }

    private byte[] overlaid(String method, byte[] answer) {
        try {
            return overlay.of("runtime.v1.RuntimeService/" + method)
                    .apply(new ByteArrayInputStream(answer))
                    .readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ListContainerStatsResponse list(ContainerStats... stats) {
        ListContainerStatsResponse.Builder all = ListContainerStatsResponse.newBuilder();
        for (ContainerStats each : stats) {
            all.addStats(each);
        }
        try {
            return ListContainerStatsResponse.parseFrom(
                    overlaid("ListContainerStats", all.build().toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long cpuOf(String id) {
        return list(stats(id, "vm", 5))
                .getStats(0)
                .getCpu()
                .getUsageCoreNanoSeconds()
                .getValue();
    }

    private static final long VMS = 5_000_000_000L;
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
    void nothingIsAddedDroppedReorderedOrDuplicatedAndNeighboursStayTheBytesTheyWere() {
        vm("bbb", FakeQueries.FULL);
        runtimeRuns(container("bbb", "vm", MADE));
        ContainerStats first = stats("aaa", "sidecar", 5);
        ContainerStats last = stats("ccc", "sidecar", 6);

        ListContainerStatsResponse all = list(first, stats("bbb", "vm", 5), last, first);

        assertEquals(4, all.getStatsCount());
        assertEquals(first.toByteString(), all.getStats(0).toByteString());
        assertEquals(VMS, all.getStats(1).getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(last, all.getStats(2));
        assertEquals(first, all.getStats(3));
    }

    @Test
    void attributesAndFieldsOfNewerVersionsSurvive() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        ContainerStats base = stats("aaa", "vm", 5);

        ContainerStats merged = list(base).getStats(0);

        assertEquals(base.getAttributes(), merged.getAttributes());
        assertEquals(FUTURE, merged.getUnknownFields());
        assertEquals(2048, merged.getMemory().getWorkingSetBytes().getValue());
        assertFalse(merged.getCpu().hasUsageNanoCores());
    }

    @Test
    void anAnswerWithNothingToOverlayIsTheOriginalBytes() {
        vm("aaa", FakeQueries.FULL);
        // Not as protobuf would write it: the last of a field wins, and this has it twice.
        byte[] odd =
                Wire.message().with(900, 1).with(1, Wire.message().with(900, 1)).bytes();
        assertArrayEquals(odd, overlaid("ListContainerStats", odd));
        assertArrayEquals(new byte[] {10, 0}, overlaid("ListPodSandboxStats", new byte[] {10, 0}));
    }

    @Test
    void anAnswerWhoseOverlayFailsIsTheOriginalBytes() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        byte[] garbage = {10, 127, 1};
        assertArrayEquals(garbage, overlaid("ListContainerStats", garbage));

        queries.mistake = Optional.of(new IllegalStateException("planted"));
        byte[] answer = ListContainerStatsResponse.newBuilder()
                .addStats(stats("aaa", "vm", 5))
                .build()
                .toByteArray();
        assertArrayEquals(answer, overlaid("ListContainerStats", answer));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ListContainerStats",
                "StreamContainerStats",
                "ListPodSandboxStats",
                "StreamPodSandboxStats",
            })
    void anAnswerThatWouldOutgrowWhatKubeletsTakeIsTheOriginalBytes(String method) {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        ByteString vm = method.contains("Pod")
                ? PodSandboxStats.newBuilder().setLinux(linux()).build().toByteString()
                : stats("aaa", "vm", 5).toByteString();
        byte[] entry = field1(vm);
        // Just as large as may be.
        byte[] filler = field1(ByteString.copyFrom(filler(Overlay.MOST_BYTES - entry.length - 5)));
        byte[] answer = Bytes.concat(entry, filler);
        assertEquals(Overlay.MOST_BYTES, answer.length);

        assertArrayEquals(answer, overlaid(method, answer));
        // Without the filler it does grow.
        assertTrue(overlaid(method, entry).length > entry.length);
    }

    private static byte[] field1(ByteString entry) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        1,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(entry)
                                .build())
                .build()
                .toByteArray();
    }

    /** An entry that is nothing but a field of some later version. */
    private static byte[] filler(int length) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        900,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFrom(new byte[length - 6]))
                                .build())
                .build()
                .toByteArray();
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
    void theSourceStaysWhenTheVmIsNoLongerMeasured() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        ContainerStats before = list(stats("aaa", "vm", 5)).getStats(0);
        queries.change("aaa", usage -> FakeQueries.NOTHING);

        assertEquals(before, list(stats("aaa", "vm", 9)).getStats(0));
    }

    @Test
    void aVmThatStartsAnewGoesOnFromWhatWasTold() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        assertEquals(VMS, cpuOf("aaa"));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(90), 1000));
        assertEquals(VMS, cpuOf("aaa"));
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(95), 3000));
        assertEquals(VMS + 2000, cpuOf("aaa"));
    }

    @Test
    void aRateThatIsUnknownIsUnsetAndNotTheCgroups() {
        vm(
                "aaa",
                new Usage(
                        Optional.of(new io.vmgauge.domain.usage.CpuUsage(FakeQueries.SEEN, VMS, OptionalLong.empty())),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()));
        runtimeRuns(container("aaa", "vm", MADE));

        ContainerStats merged = list(stats("aaa", "vm", 5)).getStats(0);

        assertFalse(merged.getCpu().hasUsageNanoCores());
        assertEquals(100, merged.getMemory().getWorkingSetBytes().getValue());
    }

    @Test
    void theWritableLayerIsTheRuntimesWithTheVmsDisksAndTheRuntimesFsId() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        FilesystemUsage layer = FilesystemUsage.newBuilder()
                .setTimestamp(9)
                .setFsId(FilesystemIdentifier.newBuilder().setMountpoint("/var/lib"))
                .setUsedBytes(UsageMapping.value(1000))
                .build();

        assertEquals(
                layer.toBuilder().setUsedBytes(UsageMapping.value(1000 + 8192)).build(),
                list(stats("aaa", "vm", 5).toBuilder().setWritableLayer(layer).build())
                        .getStats(0)
                        .getWritableLayer());
        assertFalse(list(stats("aaa", "vm", 5)).getStats(0).hasWritableLayer());
    }

    private PodSandboxStats pod(LinuxPodSandboxStats linux) {
        PodSandboxStats pod = PodSandboxStats.newBuilder()
                .setAttributes(PodSandboxAttributes.newBuilder().setId("pod"))
                .setLinux(linux)
                .build();
        try {
            return ListPodSandboxStatsResponse.parseFrom(overlaid(
                            "ListPodSandboxStats",
                            ListPodSandboxStatsResponse.newBuilder()
                                    .addStats(pod)
                                    .build()
                                    .toByteArray()))
                    .getStats(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LinuxPodSandboxStats.Builder linux() {
        return LinuxPodSandboxStats.newBuilder()
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(8)
                        .setUsageCoreNanoSeconds(UsageMapping.value(20))
                        .setUsageNanoCores(UsageMapping.value(25)))
                .setMemory(MemoryUsage.newBuilder().setTimestamp(8).setWorkingSetBytes(UsageMapping.value(250)))
                .addContainers(stats("aaa", "vm", 5))
                .addContainers(stats("bbb", "sidecar", 6))
                .setUnknownFields(FUTURE);
    }

    @Test
    void aPodsTotalsAgreeWithItsContainersInTheSameAnswer() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE), container("bbb", "sidecar", MADE));

        pod(linux().build());
        queries.change("aaa", usage -> FakeQueries.usage(FakeQueries.SEEN.plusSeconds(64), VMS + 1_000_000_000L));

        LinuxPodSandboxStats merged = pod(linux().build()).getLinux();

        assertEquals(
                VMS + 1_000_000_000L,
                merged.getContainers(0).getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(stats("bbb", "sidecar", 6), merged.getContainers(1));
        assertEquals(
                20 - 5 + VMS + 1_000_000_000L,
                merged.getCpu().getUsageCoreNanoSeconds().getValue());
        assertEquals(25 - 10 + 250_000_000L, merged.getCpu().getUsageNanoCores().getValue());
        assertEquals(250 - 100 + 2048, merged.getMemory().getWorkingSetBytes().getValue());
        assertEquals(
                merged.getContainers(0).getCpu().getTimestamp(), merged.getCpu().getTimestamp());
        assertEquals(
                merged.getContainers(0).getMemory().getTimestamp(),
                merged.getMemory().getTimestamp());
        assertEquals(FUTURE, merged.getUnknownFields());
    }

    @Test
    void aPodsTotalIsNeverLessThanItsContainersTogether() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        LinuxPodSandboxStats small = linux().setCpu(
                        CpuUsage.newBuilder().setTimestamp(8).setUsageCoreNanoSeconds(UsageMapping.value(3)))
                .build();
        assertEquals(
                VMS + 6,
                pod(small).getLinux().getCpu().getUsageCoreNanoSeconds().getValue());
    }

    @Test
    void aPodHasTheVmsInterfacesAndAlwaysADefaultOne() {
        vm("aaa", FakeQueries.FULL);
        runtimeRuns(container("aaa", "vm", MADE));
        NetworkUsage alone = pod(linux().build()).getLinux().getNetwork();
        assertEquals("vnet0", alone.getDefaultInterface().getName());

        NetworkInterfaceUsage eth0 =
                NetworkInterfaceUsage.newBuilder().setName("eth0").build();
        NetworkUsage beside = pod(linux().setNetwork(NetworkUsage.newBuilder()
                                .setDefaultInterface(eth0)
                                .addInterfaces(eth0))
                        .build())
                .getLinux()
                .getNetwork();
        assertEquals(eth0, beside.getDefaultInterface());
        assertEquals(3, beside.getInterfacesCount());
        assertTrue(beside.getInterfacesList().contains(eth0));
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
