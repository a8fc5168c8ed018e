package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.DeviceBytes;
import io.vmgauge.domain.sample.DiskSample;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UsageWindowsTest {
    private static final Set<Metric> ALL = EnumSet.allOf(Metric.class);
    private static final UsageRules RULES = new UsageRules(
            Map.of(
                    Metric.CPU, new MetricRule(3, Duration.ofMinutes(1)),
                    Metric.MEMORY, new MetricRule(1, Duration.ofMinutes(1)),
                    Metric.GUEST_MEMORY, new MetricRule(1, Duration.ofMinutes(1)),
                    Metric.NETWORK, new MetricRule(1, Duration.ofMinutes(1)),
                    Metric.DISK, new MetricRule(1, Duration.ofMinutes(10)),
                    Metric.BLOCK_IO, new MetricRule(1, Duration.ofMinutes(1))),
            WorkingSet.HOST);

    @Test
    void nothingIsKnownAtFirst() {
        assertTrue(UsageWindows.empty(RULES).usage(ALL, RULES, at(0)).isEmpty());
    }

    @Test
    void everyMetricHasItsOwnValueAndTimestamp() {
        Usage usage = windows().usage(ALL, RULES, at(5));
        assertEquals(at(0).wall(), usage.cpu().orElseThrow().timestamp());
        assertEquals(at(1).wall(), usage.memory().orElseThrow().timestamp());
        assertEquals(at(2).wall(), usage.network().orElseThrow().timestamp());
        assertEquals(at(3).wall(), usage.disk().orElseThrow().timestamp());
        assertEquals(4096, usage.disk().orElseThrow().usedBytes());
    }

    @Test
    void aMetricThatWasNotAskedForIsNeitherServedNorTaken() {
        Set<Metric> cpu = EnumSet.of(Metric.CPU);
        assertEquals(Optional.empty(), windows().usage(cpu, RULES, at(5)).memory());
        UsageWindows taken = windows().taken(cpu);
        assertEquals(0, taken.cpu().size());
        assertEquals(1, taken.memory().size());
        assertEquals(1, taken.guestMemory().size());
        assertEquals(1, taken.network().size());
        assertEquals(1, taken.disk().size());
    }

    @Test
    void aSilentMetricKeepsItsLastValueUpToItsMaxAgeAndIsThenAbsent() {
        UsageWindows taken = windows().taken(ALL);
        assertEquals(
                at(0).wall(),
                taken.usage(ALL, RULES, at(60)).cpu().orElseThrow().timestamp());
        assertEquals(Optional.empty(), taken.usage(ALL, RULES, at(61)).cpu());
        assertEquals(Optional.empty(), windows().usage(ALL, RULES, at(61)).cpu());
        assertTrue(windows().usage(ALL, RULES, at(61)).disk().isPresent());
    }

    @Test
    void aPodUsesWhatItsContainersUseTogether() {
        Usage one = windows().usage(ALL, RULES, at(5));
        Usage total = new SandboxUsage(pod(), List.of(container("a", one), container("b", one))).total();
        assertEquals(
                2 * one.cpu().orElseThrow().usageNanos(),
                total.cpu().orElseThrow().usageNanos());
        assertEquals(at(0).wall(), total.cpu().orElseThrow().timestamp());
        assertEquals(400, total.memory().orElseThrow().workingSetBytes());
        assertEquals(2, total.network().orElseThrow().interfaces().size());
        assertEquals(Optional.empty(), total.disk());
    }

    @Test
    void aPartOfAPodNeverPassesForTheWhole() {
        Usage known = windows().usage(ALL, RULES, at(5));
        Usage unknown = UsageWindows.empty(RULES).usage(ALL, RULES, at(5));
        SandboxUsage pod = new SandboxUsage(pod(), List.of(container("a", known), container("b", unknown)));
        assertTrue(pod.total().isEmpty());
        assertFalse(pod.containers().get(0).usage().isEmpty());
    }

    @Test
    void eachDiskHasItsOwnMeanUnlessOneSampleLacksIt() {
        DiskSample one = new DiskSample(at(1), 30, List.of(new DeviceBytes("vda", 10), new DeviceBytes("vdb", 20)));
        DiskSample two = new DiskSample(at(2), 70, List.of(new DeviceBytes("vda", 20), new DeviceBytes("vdb", 50)));
        DiskSample other = new DiskSample(at(3), 35, List.of(new DeviceBytes("vdb", 5), new DeviceBytes("vdc", 30)));

        assertEquals(
                List.of(new DeviceBytes("vda", 15), new DeviceBytes("vdb", 35)),
                two.meanOf(List.of(one, two)).devices());
        assertEquals(
                List.of(new DeviceBytes("vdb", 25)),
                other.meanOf(List.of(one, two, other)).devices());
        assertEquals(
                one.devices(),
                UsageWindows.empty(RULES)
                        .plus(one)
                        .usage(ALL, RULES, at(5))
                        .disk()
                        .orElseThrow()
                        .devices());
    }

    @Test
    void aPodWithoutRunningContainersIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new SandboxUsage(pod(), List.of()));
    }

    private static UsageWindows windows() {
        return UsageWindows.empty(RULES)
                .plus(new CpuSample(at(0), 7))
                .plus(new MemorySample(at(1), 200, 0))
                .plus(new GuestMemorySample(at(1), OptionalLong.empty(), Optional.empty()))
                .plus(new NetworkSample(
                        at(2),
                        List.of(new InterfaceCounters("tap0", new Traffic(1, 2, 3, 4), new Traffic(5, 6, 7, 8)))))
                .plus(new DiskSample(at(3), 4096));
    }

    private static PodSandbox pod() {
        return new PodSandbox(new PodSandboxId("s"), "default", "web", "u", 0, Map.of(), Map.of());
    }

    private static ContainerUsage container(String id, Usage usage) {
        return new ContainerUsage(new Placement(pod(), new ContainerId(id), "vm", 0, "image"), usage);
    }

    private static Moment at(int second) {
        return new Moment(Instant.EPOCH.plusSeconds(second), second * 1_000_000_000L);
    }
}
