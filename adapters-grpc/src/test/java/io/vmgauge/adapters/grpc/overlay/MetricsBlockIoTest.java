package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.usage.BlockIoUsage;
import io.vmgauge.domain.usage.Usage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the runtime's reads and writes where a container is a VM. */
class MetricsBlockIoTest extends MetricsOverlayFixture {
    private static final String READ = "container_fs_reads_bytes_total";
    private static final String WRITES = "container_fs_writes_total";
    private static final String UNDESCRIBED = "container_fs_writes_bytes_total";

    @BeforeEach
    void theRuntimeDescribesThem() {
        described = described.toBuilder()
                .addDescriptors(descriptor(READ, "device"))
                .addDescriptors(descriptor(WRITES, "device"))
                .build();
    }

    @Test
    void theVmsDevicesAreToldWhereTheRuntimeDescribesThemAndTellsNone() {
        ContainerMetrics after = mergedVm();

        assertEquals(Map.of("vda", 4096L, "sr0", 2048L), byDevice(after, READ));
        assertEquals(Map.of("vda", 5L, "sr0", 0L), byDevice(after, WRITES));
        assertTrue(named(after.getMetricsList(), UNDESCRIBED).isEmpty());
        Metric first = named(after.getMetricsList(), READ).get(0);
        assertEquals(TAKEN, first.getTimestamp());
        assertEquals(List.of("vda", "aaa", "z1", "shop", "disk:1", "vm", "web"), first.getLabelValuesList());
    }

    @Test
    void whatTheRuntimeTellsOfItsDevicesStaysAlone() {
        Metric runtimes = metric(READ, 77, VM, "8:0");
        ContainerMetrics after = merged(pod(container("aaa", metric(CPU, 3, VM, "total"), runtimes)))
                .get(0)
                .getContainerMetrics(0);

        assertEquals(List.of(runtimes), named(after.getMetricsList(), READ));
        assertEquals(Map.of("vda", 5L, "sr0", 0L), byDevice(after, WRITES));
    }

    @Test
    void noCounterFallsWhenTheVmStartsAnewAndADeviceThatIsGoneIsToldNoMore() {
        mergedVm();
        change(90, new DeviceIo("vda", io(96, 3), io(8, 2), OptionalLong.empty(), OptionalLong.empty()));

        assertEquals(Map.of("vda", 4096L + 96), byDevice(mergedVm(), READ));
        assertEquals(Map.of("vda", 5L + 2), byDevice(mergedVm(), WRITES));

        change(80, new DeviceIo("vda", io(1000, 3), io(8, 3), OptionalLong.empty(), OptionalLong.empty()));
        assertEquals(
                Map.of("vda", 4096L + 96), byDevice(mergedVm(), READ), "a sample that is older than what was told");
        queries.change("aaa", usage -> FakeQueries.NOTHING);
        assertEquals(Map.of("vda", 4096L + 96), byDevice(mergedVm(), READ));
    }

    private void change(int seconds, DeviceIo... devices) {
        queries.change(
                "aaa",
                usage -> new Usage(
                        usage.cpu(),
                        usage.memory(),
                        usage.network(),
                        usage.disk(),
                        Optional.of(new BlockIoUsage(FakeQueries.SEEN.plusSeconds(seconds), List.of(devices)))));
    }

    private static IoCounters io(long bytes, long operations) {
        return new IoCounters(OptionalLong.of(bytes), OptionalLong.of(operations), OptionalLong.empty());
    }

    private static Map<String, Long> byDevice(ContainerMetrics container, String name) {
        return named(container.getMetricsList(), name).stream()
                .collect(Collectors.toMap(metric -> metric.getLabelValues(0), metric -> metric.getValue()
                        .getValue()));
    }
}
