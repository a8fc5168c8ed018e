package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two windows make one answer: memory of the host, and what the guest says. */
class MemoryWindowsTest {
    private static final Set<Metric> ALL = EnumSet.allOf(Metric.class);
    private static final UsageRules RULES = rules(1);
    private static final UsageWindows WINDOWS =
            UsageWindows.empty(RULES).plus(new MemorySample(at(1), 200, 0)).plus(guest(1, 70));

    @Test
    void memoryIsServedAndTakenWithWhatTheGuestSays() {
        Set<Metric> memory = EnumSet.of(Metric.MEMORY);
        MemoryUsage usage = WINDOWS.usage(memory, RULES, at(5)).memory().orElseThrow();
        assertEquals(200, usage.residentBytes());
        assertEquals(OptionalLong.of(1000), usage.balloonBytes());
        assertEquals(OptionalLong.of(70), usage.pageFaults());
        UsageWindows taken = WINDOWS.taken(memory);
        assertEquals(0, taken.memory().size());
        assertEquals(0, taken.guestMemory().size());
        assertEquals(usage, taken.usage(memory, RULES, at(6)).memory().orElseThrow());
        assertEquals(
                1, WINDOWS.taken(EnumSet.of(Metric.GUEST_MEMORY)).guestMemory().size());
    }

    @Test
    void withoutASampleOfTheHostThereIsNoMemory() {
        UsageWindows guestOnly = UsageWindows.empty(RULES).plus(guest(1, 70));
        assertEquals(Optional.empty(), guestOnly.usage(ALL, RULES, at(5)).memory());
        assertEquals(1, guestOnly.taken(ALL).guestMemory().size());
    }

    @Test
    void whatTheGuestSaidIsServedAgainWithNewFiguresOfTheHostUpToItsMaxAge() {
        UsageWindows taken = WINDOWS.taken(ALL).plus(new MemorySample(at(61), 300, 0));
        MemoryUsage still = taken.usage(ALL, RULES, at(61)).memory().orElseThrow();
        assertEquals(at(61).wall(), still.timestamp());
        assertEquals(300, still.residentBytes());
        assertEquals(OptionalLong.of(70), still.pageFaults());
        MemoryUsage stale = taken.usage(ALL, RULES, at(62)).memory().orElseThrow();
        assertEquals(300, stale.residentBytes());
        assertEquals(OptionalLong.empty(), stale.balloonBytes());
        assertEquals(OptionalLong.empty(), stale.pageFaults());
        assertEquals(Optional.empty(), stale.guest());
    }

    /** Else a counter would grow while its timestamp stands. */
    @Test
    void whatTheGuestSaysLaterWaitsForTheNextSampleOfTheHost() {
        UsageWindows early = UsageWindows.empty(RULES).plus(new MemorySample(at(1), 200, 0));
        assertEquals(OptionalLong.of(70), guestFaults(early.plus(guest(2, 70))));
        UsageWindows taken = early.taken(ALL).plus(guest(2, 70));
        assertEquals(OptionalLong.empty(), guestFaults(taken));
        UsageWindows next = taken.taken(ALL).plus(new MemorySample(at(3), 200, 0));
        assertEquals(OptionalLong.of(70), guestFaults(next));
        UsageWindows grown = next.taken(ALL).plus(guest(4, 80));
        assertEquals(OptionalLong.of(70), guestFaults(grown));
        assertEquals(OptionalLong.of(80), guestFaults(grown.plus(new MemorySample(at(5), 200, 0))));
    }

    @Test
    void aGuestThatSaysNothingMoreHasNoFiguresThen() {
        UsageWindows taken = WINDOWS.taken(ALL)
                .plus(new MemorySample(at(3), 200, 0))
                .plus(new GuestMemorySample(at(3), OptionalLong.of(900), Optional.empty()));
        MemoryUsage usage = taken.usage(ALL, RULES, at(5)).memory().orElseThrow();
        assertEquals(OptionalLong.of(900), usage.balloonBytes());
        assertEquals(Optional.empty(), usage.guest());
    }

    @Test
    void aRebootOfTheGuestEndsItsOwnWindowAndNoOther() {
        UsageRules rules = rules(3);
        GuestMemorySample rebooted = guest(3, 5);
        UsageWindows windows = UsageWindows.empty(rules)
                .plus(new CpuSample(at(1), 7))
                .plus(new MemorySample(at(1), 200, 0))
                .plus(guest(1, 70))
                .plus(new MemorySample(at(3), 400, 0));
        assertFalse(windows.isEndedBy(List.of(rebooted)));
        UsageWindows after = windows.plus(rebooted);
        assertEquals(1, after.guestMemory().size());
        assertEquals(2, after.memory().size());
        assertEquals(1, after.cpu().size());
        MemoryUsage usage = after.usage(ALL, rules, at(5)).memory().orElseThrow();
        assertEquals(300, usage.residentBytes());
        assertEquals(at(2).wall(), usage.timestamp());
        assertEquals(OptionalLong.of(5), usage.pageFaults());
    }

    /** What the guest says grows old sooner than all else. */
    private static UsageRules rules(int samples) {
        return new UsageRules(
                Stream.of(Metric.values())
                        .collect(Collectors.toMap(
                                m -> m,
                                m -> new MetricRule(samples, Duration.ofMinutes(m == Metric.GUEST_MEMORY ? 1 : 9)))),
                WorkingSet.HOST);
    }

    private static GuestMemorySample guest(int second, long faults) {
        OptionalLong none = OptionalLong.empty();
        return new GuestMemorySample(
                at(second),
                OptionalLong.of(1000),
                Optional.of(new GuestMemory(900, none, none, none, OptionalLong.of(faults), none)));
    }

    private static OptionalLong guestFaults(UsageWindows windows) {
        return windows.usage(ALL, RULES, at(6)).memory().orElseThrow().pageFaults();
    }

    private static Moment at(int second) {
        return new Moment(Instant.EPOCH.plusSeconds(second), second * 1_000_000_000L);
    }
}
