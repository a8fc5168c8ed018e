package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Sample;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MemoryUsageTest {
    private static final long MIB = 1 << 20;
    private static final Moment AT = new Moment(Instant.EPOCH, 0);
    private static final OptionalLong ABSENT = OptionalLong.empty();
    private static final GuestMemory GUEST =
            new GuestMemory(1000 * MIB, mib(300), mib(600), mib(200), OptionalLong.of(5000), OptionalLong.of(70));

    @Test
    void theHostsViewIsWhatTheProcessHolds() {
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.empty()), WorkingSet.HOST);
        assertEquals(700 * MIB, usage.workingSetBytes());
        assertEquals(700 * MIB, usage.usageBytes());
        assertEquals(700 * MIB, usage.residentBytes());
        assertEquals(mib(324), usage.availableBytes());
        assertEquals(ABSENT, usage.pageFaults());
    }

    @Test
    void availableIsUnknownWithoutABalloonAndNeverNegative() {
        assertEquals(
                ABSENT,
                usage(sample(MIB, ABSENT, 0, Optional.empty()), WorkingSet.HOST).availableBytes());
        assertEquals(
                mib(0),
                usage(sample(9 * MIB, mib(8), 0, Optional.empty()), WorkingSet.HOST)
                        .availableBytes());
    }

    /** A VM of 64 MiB without a balloon: its process holds 36,904 KiB and 32 pages of 2 MiB. */
    @Test
    void hugePagesCountWithWhatElseTheProcessHolds() {
        MemoryUsage usage = usage(sample(36_904 << 10, ABSENT, 64 * MIB, Optional.empty()), WorkingSet.HOST);
        assertEquals(104_898_560, usage.workingSetBytes());
        assertEquals(104_898_560, usage.usageBytes());
        assertEquals(37_789_696, usage.residentBytes());
        assertEquals(
                mib(910),
                usage(sample(50 * MIB, mib(1024), 64 * MIB, Optional.empty()), WorkingSet.HOST)
                        .availableBytes());
    }

    @Test
    void theGuestsViewIsWhatItCannotDoWithout() {
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.of(GUEST)), WorkingSet.GUEST);
        assertEquals(400 * MIB, usage.workingSetBytes());
        assertEquals(700 * MIB, usage.usageBytes());
        assertEquals(mib(600), usage.availableBytes());
        assertEquals(OptionalLong.of(5000), usage.pageFaults());
        assertEquals(OptionalLong.of(70), usage.majorPageFaults());
    }

    @Test
    void aGuestThatDoesNotSayWhatIsUsableIsReadFromItsFreeMemoryAndCaches() {
        GuestMemory old = new GuestMemory(1000 * MIB, mib(300), ABSENT, mib(200), ABSENT, ABSENT);
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.of(old)), WorkingSet.GUEST);
        assertEquals(500 * MIB, usage.workingSetBytes());
        assertEquals(ABSENT, usage.availableBytes());
    }

    @Test
    void aSilentGuestIsServedAsTheHostSeesIt() {
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.empty()), WorkingSet.GUEST);
        assertEquals(700 * MIB, usage.workingSetBytes());
    }

    @Test
    void aGuestThatLiesIsHeldWithinItsOwnMemory() {
        GuestMemory liar = new GuestMemory(1000 * MIB, mib(5000), mib(9000), ABSENT, ABSENT, ABSENT);
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.of(liar)), WorkingSet.GUEST);
        assertEquals(1, usage.workingSetBytes());
        assertEquals(0, usage.usageBytes());
        GuestMemory negative = new GuestMemory(1000 * MIB, mib(-5), mib(-9), ABSENT, ABSENT, ABSENT);
        usage = usage(sample(700 * MIB, mib(1024), 0, Optional.of(negative)), WorkingSet.GUEST);
        assertEquals(1000 * MIB, usage.workingSetBytes());
        assertEquals(1000 * MIB, usage.usageBytes());
    }

    @Test
    void theGuestsOwnFiguresAreServedWhoseverViewCountsAndAPodHasNone() {
        MemoryUsage usage = usage(sample(700 * MIB, mib(1024), 0, Optional.of(GUEST)), WorkingSet.HOST);
        assertEquals(mib(1024), usage.balloonBytes());
        assertEquals(Optional.of(GUEST), usage.guest());

        MemoryUsage pod = MemoryUsage.total(List.of(usage, usage));
        assertEquals(mib(2048), pod.balloonBytes());
        assertEquals(Optional.empty(), pod.guest());
    }

    /** Nobody has asked the monitor yet, or it has not answered for too long. */
    @Test
    void withoutAWordOfTheMonitorTheHostsFiguresAreServed() {
        for (WorkingSet source : WorkingSet.values()) {
            MemoryUsage usage =
                    MemoryUsage.of(answer(new MemorySample(AT, 700 * MIB, 3 * MIB)), Optional.empty(), source);
            assertEquals(703 * MIB, usage.workingSetBytes());
            assertEquals(703 * MIB, usage.usageBytes());
            assertEquals(700 * MIB, usage.residentBytes());
            assertEquals(ABSENT, usage.availableBytes());
            assertEquals(ABSENT, usage.balloonBytes());
            assertEquals(ABSENT, usage.pageFaults());
            assertEquals(ABSENT, usage.majorPageFaults());
            assertEquals(Optional.empty(), usage.guest());
        }
    }

    @Test
    void theMeanKeepsOnlyWhatEverySampleHas() {
        Seen with = sample(100, mib(8), 0, Optional.of(GUEST));
        Moment later = new Moment(Instant.EPOCH, 10);
        GuestMemorySample without = new GuestMemorySample(later, ABSENT, Optional.empty());
        assertEquals(150, mean(with.host, new MemorySample(later, 200, 0)).residentBytes());
        GuestMemorySample mean = mean(with.told, without);
        assertEquals(ABSENT, mean.balloonBytes());
        assertEquals(Optional.empty(), mean.guest());
        assertEquals(5, mean.takenAt().nanos());
    }

    private record Seen(MemorySample host, GuestMemorySample told) {}

    private static MemoryUsage usage(Seen sample, WorkingSet source) {
        return MemoryUsage.of(answer(sample.host), Optional.of(sample.told), source);
    }

    private static Answer<MemorySample> answer(MemorySample sample) {
        return SampleWindow.<MemorySample>of(1).plus(sample).answer().orElseThrow();
    }

    private static <S extends Sample<S>> S mean(S one, S two) {
        return SampleWindow.<S>of(2).plus(one).plus(two).answer().orElseThrow().mean();
    }

    private static Seen sample(long rss, OptionalLong balloon, long huge, Optional<GuestMemory> guest) {
        return new Seen(new MemorySample(AT, rss, huge), new GuestMemorySample(AT, balloon, guest));
    }

    private static OptionalLong mib(long mib) {
        return OptionalLong.of(mib * MIB);
    }
}
