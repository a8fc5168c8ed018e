package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.Wire;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.FilesystemIdentifier;
import io.vmgauge.adapters.grpc.cri.FilesystemUsage;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.usage.Usage;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the runtime's stats of containers, and which answers stay the bytes that came. */
class OverlayTest extends OverlayFixture {
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
        // Protobuf would not write it like this: the last of a field wins, and this has it twice.
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
}
