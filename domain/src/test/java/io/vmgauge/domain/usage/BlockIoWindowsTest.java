package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.IoCounters;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Block I/O from its samples to what is served. */
class BlockIoWindowsTest {
    private static final Set<Metric> IO = EnumSet.of(Metric.BLOCK_IO);
    private static final OptionalLong ABSENT = OptionalLong.empty();
    private static final UsageRules RULES = rules(1);

    @Test
    void everyCounterOfEveryDeviceIsServedWithItsTime() {
        List<DeviceIo> devices = List.of(device("vda", 100), device("sr0", 0));
        UsageWindows windows = UsageWindows.empty(RULES).plus(new BlockIoSample(at(3), devices));
        BlockIoUsage usage = windows.usage(IO, RULES, at(5)).blockIo().orElseThrow();
        assertEquals(at(3).wall(), usage.timestamp());
        assertEquals(devices, usage.devices());
        assertEquals(
                Optional.of(usage), windows.taken(IO).usage(IO, RULES, at(63)).blockIo());
        assertEquals(Optional.empty(), windows.usage(IO, RULES, at(64)).blockIo());
    }

    @Test
    void itIsServedAndTakenOnlyWhenAskedFor() {
        UsageWindows windows = UsageWindows.empty(RULES)
                .plus(new CpuSample(at(1), 7))
                .plus(new BlockIoSample(at(1), List.of(device("vda", 100))));
        Set<Metric> cpu = EnumSet.of(Metric.CPU);
        assertEquals(Optional.empty(), windows.usage(cpu, RULES, at(5)).blockIo());
        assertEquals(1, windows.taken(cpu).blockIo().size());
        assertEquals(0, windows.taken(IO).blockIo().size());
        assertEquals(1, windows.taken(IO).cpu().size());
    }

    @Test
    void aVmWithoutDevicesSaysSoAndAnUnknownOneDoesNot() {
        UsageWindows none = UsageWindows.empty(RULES).plus(new BlockIoSample(at(1), List.of()));
        Usage usage = none.usage(IO, RULES, at(5));
        assertEquals(List.of(), usage.blockIo().orElseThrow().devices());
        assertFalse(usage.isEmpty());
        assertTrue(UsageWindows.empty(RULES).usage(IO, RULES, at(5)).isEmpty());
    }

    @Test
    void theMeanIsThatOfEachDeviceAndKeepsOnlyWhatEverySampleHas() {
        UsageRules two = rules(2);
        DeviceIo silent = new DeviceIo(
                "vda",
                new IoCounters(OptionalLong.of(301), ABSENT, OptionalLong.of(320)),
                new IoCounters(ABSENT, OptionalLong.of(340), ABSENT),
                ABSENT,
                OptionalLong.of(370));
        UsageWindows windows = UsageWindows.empty(two)
                .plus(new BlockIoSample(at(1), List.of(device("vda", 100), device("vdb", 1000))))
                .plus(new BlockIoSample(at(3), List.of(silent, device("vdb", 2000))));
        BlockIoUsage usage = windows.usage(IO, two, at(5)).blockIo().orElseThrow();
        assertEquals(at(2).wall(), usage.timestamp());
        assertEquals(
                List.of(
                        new DeviceIo(
                                "vda",
                                new IoCounters(OptionalLong.of(200), ABSENT, OptionalLong.of(211)),
                                new IoCounters(ABSENT, OptionalLong.of(222), ABSENT),
                                ABSENT,
                                OptionalLong.of(238)),
                        device("vdb", 1500)),
                usage.devices());
    }

    @Test
    void aDeviceThatCameOrWentOrWasMadeAnewStartsANewWindow() {
        BlockIoSample before = sample(1, device("vda", 100), device("vdb", 100));
        assertTrue(sample(2, device("vda", 100), device("vdb", 101)).continues(before));
        assertFalse(sample(2, device("vda", 100)).continues(before));
        assertFalse(sample(2, device("vda", 100), device("vdb", 100), device("vdc", 0))
                .continues(before));
        assertFalse(sample(2, device("vda", 100), device("vdc", 100)).continues(before));
        assertFalse(sample(2, device("vda", 100), device("vdb", 0)).continues(before));
    }

    /** One alone may begin anew while a device's others have caught up. */
    @Test
    void noCounterFallsWithinAWindow() {
        List<Long> before = List.of(10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L);
        for (int i = 0; i < 8; i++) {
            List<Long> after = new ArrayList<>(before);
            after.set(i, before.get(i) - 1);
            assertFalse(sample(2, device(after)).continues(sample(1, device(before))), "counter " + i);
        }
        assertTrue(sample(2, device(before)).continues(sample(1, device(before))));
    }

    /** Only the CPU tells of another life: a device may be replaced within one. */
    @Test
    void aResetOfADeviceEndsItsWindowAndNoOther() {
        UsageRules three = rules(3);
        BlockIoSample reset = sample(3, device("vda", 5));
        UsageWindows windows = UsageWindows.empty(three)
                .plus(new CpuSample(at(1), 7))
                .plus(sample(1, device("vda", 90)))
                .plus(sample(2, device("vda", 110)));
        assertFalse(windows.isEndedBy(List.of(reset)));
        UsageWindows after = windows.plus(reset);
        assertEquals(1, after.blockIo().size());
        assertEquals(1, after.cpu().size());
        BlockIoUsage usage = after.usage(IO, three, at(5)).blockIo().orElseThrow();
        assertEquals(List.of(device("vda", 5)), usage.devices());
        assertEquals(at(3).wall(), usage.timestamp());
    }

    /** As of containers' disks: devices of two VMs may have the same name. */
    @Test
    void aPodHasNone() {
        Usage one = UsageWindows.empty(RULES).plus(sample(1, device("vda", 5))).usage(IO, RULES, at(5));
        assertEquals(Optional.empty(), Usage.total(List.of(one, one)).blockIo());
    }

    private static BlockIoSample sample(int second, DeviceIo... devices) {
        return new BlockIoSample(at(second), List.of(devices));
    }

    /** Counters that all differ. */
    private static DeviceIo device(String name, long base) {
        return new DeviceIo(
                name,
                new IoCounters(base, base + 1, base + 2),
                new IoCounters(base + 3, base + 4, base + 5),
                OptionalLong.of(base + 6),
                OptionalLong.of(base + 7));
    }

    private static DeviceIo device(List<Long> all) {
        return new DeviceIo(
                "vda",
                new IoCounters(all.get(0), all.get(1), all.get(2)),
                new IoCounters(all.get(3), all.get(4), all.get(5)),
                OptionalLong.of(all.get(6)),
                OptionalLong.of(all.get(7)));
    }

    private static UsageRules rules(int samples) {
        MetricRule rule = new MetricRule(samples, Duration.ofMinutes(1));
        return new UsageRules(
                Stream.of(Metric.values()).collect(Collectors.toMap(metric -> metric, metric -> rule)),
                WorkingSet.HOST);
    }

    private static Moment at(int second) {
        return new Moment(Instant.EPOCH.plusSeconds(second), second * 1_000_000_000L);
    }
}
