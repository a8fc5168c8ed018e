package io.vmgauge.domain.usage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.NetworkSample;
import io.vmgauge.domain.sample.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SampleWindowTest {
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;

    @Test
    void anEmptyWindowSaysNothing() {
        assertEquals(Optional.empty(), SampleWindow.<CpuSample>of(3).answer());
    }

    @Test
    void aWindowForNoSampleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> SampleWindow.<CpuSample>of(0));
    }

    @Test
    void oneSampleIsServedAsItIsAndHasNoRate() {
        CpuUsage usage = read(window(3, cpu(5, 100)));
        assertEquals(new CpuUsage(NOON.plusSeconds(5), 100, OptionalLong.empty()), usage);
    }

    @Test
    void theAnswerIsTheMeanOfTheSamplesAtTheMeanOfTheirTimes() {
        CpuUsage usage = read(window(3, cpu(0, 0), cpu(5, SECOND), cpu(10, 8 * SECOND)));
        assertEquals(new CpuUsage(NOON.plusSeconds(5), 3 * SECOND, OptionalLong.of(800_000_000)), usage);
    }

    @Test
    void stealIsMeantLikeTheTimeItselfAndUnknownAsSoonAsOneSampleLacksIt() {
        CpuUsage usage = read(window(3, stolen(0, 10), stolen(4, 30), stolen(8, 80)));
        assertEquals(new CpuUsage(NOON.plusSeconds(4), 7, OptionalLong.of(0), OptionalLong.of(40)), usage);

        usage = read(window(3, stolen(0, 10), cpu(4, 7), stolen(8, 80)));
        assertEquals(new CpuUsage(NOON.plusSeconds(4), 7, OptionalLong.of(0)), usage);
    }

    @Test
    void fallenStealBeginsANewWindowToo() {
        SampleWindow<CpuSample> window = window(3, stolen(0, 10), cpu(4, 7), stolen(8, 80), stolen(12, 79));
        assertEquals(new CpuUsage(NOON.plusSeconds(12), 7, OptionalLong.empty(), OptionalLong.of(79)), read(window));
    }

    @Test
    void stealBelowZeroIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> stolen(0, -1));
    }

    private static CpuSample stolen(int second, long stealNanos) {
        return new CpuSample(cpu(second, 7).takenAt(), 7, OptionalLong.of(stealNanos));
    }

    @Test
    void onlyTheNewestSamplesCountButTheRateCoversAllTime() {
        CpuUsage usage = read(window(1, cpu(0, 0), cpu(5, SECOND), cpu(10, 5 * SECOND)));
        assertEquals(new CpuUsage(NOON.plusSeconds(10), 5 * SECOND, OptionalLong.of(500_000_000)), usage);
    }

    @Test
    void askedAgainWithNoNewSampleItSaysTheSame() {
        SampleWindow<CpuSample> window = window(3, cpu(0, 0), cpu(5, SECOND));
        assertEquals(window.answer(), window.taken().answer());
        assertEquals(window.answer(), window.taken().taken().answer());
    }

    @Test
    void theNextRateBeginsWhereTheLastOneEnded() {
        SampleWindow<CpuSample> window =
                window(3, cpu(0, 0), cpu(5, SECOND)).taken().plus(cpu(10, 6 * SECOND));
        assertEquals(new CpuUsage(NOON.plusSeconds(10), 6 * SECOND, OptionalLong.of(SECOND)), read(window));
    }

    @Test
    void aBusyReaderDoesNotSpoilTheOthersRates() {
        SampleWindow<CpuSample> window = SampleWindow.of(3);
        long covered = 0;
        for (int second = 0; second <= 20; second++) {
            window = window.plus(cpu(second, second * SECOND / 4));
            if (second % 3 == 1) {
                covered += read(window).nanoCores().orElse(0) == SECOND / 4 ? 1 : 0;
                window = window.taken();
            }
        }
        assertEquals(7, covered);
    }

    @Test
    void aFallenCounterBeginsANewWindow() {
        SampleWindow<CpuSample> window = window(3, cpu(0, 7 * SECOND), cpu(5, 8 * SECOND), cpu(10, SECOND));
        assertEquals(new CpuUsage(NOON.plusSeconds(10), SECOND, OptionalLong.empty()), read(window));
    }

    @Test
    void aFallenCounterIsNotComparedWithAnAnswerBefore() {
        SampleWindow<CpuSample> window = window(3, cpu(0, 7 * SECOND)).taken().plus(cpu(5, SECOND));
        assertEquals(OptionalLong.empty(), read(window).nanoCores());
    }

    @Test
    void aLateAnswerIsDropped() {
        SampleWindow<CpuSample> window = window(3, cpu(10, SECOND));
        assertEquals(window.answer(), window.plus(cpu(9, 0)).answer());
        assertEquals(window.answer(), window.plus(cpu(10, 2 * SECOND)).answer());
        assertEquals(window.answer(), window.taken().plus(cpu(9, 2 * SECOND)).answer());
    }

    @Test
    void aClockSetBackIsCaughtUpWithSlowly() {
        SampleWindow<CpuSample> window = window(1, cpu(0, 0)).taken();
        CpuSample hourBack = new CpuSample(new Moment(NOON.minusSeconds(3590), 10 * SECOND), SECOND);
        assertEquals(NOON.plusSeconds(9), read(window.plus(hourBack)).timestamp());
    }

    @Test
    void aClockSetForwardIsFollowedAtOnce() {
        SampleWindow<CpuSample> window = window(2, cpu(0, 0)).taken();
        CpuSample dayOn = new CpuSample(new Moment(NOON.plusSeconds(86_410), 10 * SECOND), SECOND);
        assertEquals(
                NOON.plusSeconds(86_405),
                read(window.plus(cpu(0, 0)).plus(inDay(0)).plus(dayOn)).timestamp());
    }

    @Test
    void theRateOfAPausedVmIsZeroAndNotUnknown() {
        assertEquals(
                OptionalLong.of(0),
                read(window(3, cpu(0, SECOND), cpu(5, SECOND))).nanoCores());
    }

    @Test
    void anInterfaceThatCameOrWentBeginsANewWindow() {
        NetworkSample one = network(0, eth("tap0", 10));
        NetworkSample two = network(5, eth("tap0", 20), eth("tap1", 4));
        SampleWindow<NetworkSample> window =
                SampleWindow.<NetworkSample>of(3).plus(one).plus(two);
        assertEquals(two, window.answer().orElseThrow().mean());
        NetworkSample renamed = network(10, eth("tap0", 30), eth("tap2", 9));
        assertEquals(renamed, window.plus(renamed).answer().orElseThrow().mean());
    }

    @Test
    void interfacesAreAveragedOneByOne() {
        NetworkSample first = network(0, eth("tap0", 10), eth("tap1", 100));
        NetworkSample second = network(10, eth("tap0", 30), eth("tap1", 100));
        NetworkSample mean = SampleWindow.<NetworkSample>of(2)
                .plus(first)
                .plus(second)
                .answer()
                .orElseThrow()
                .mean();
        assertEquals(network(5, eth("tap0", 20), eth("tap1", 100)), mean);
    }

    private static CpuSample inDay(int second) {
        return new CpuSample(new Moment(NOON.plusSeconds(86_400 + second), second * SECOND + 1), 0);
    }

    private static CpuUsage read(SampleWindow<CpuSample> window) {
        return CpuUsage.of(window.answer().orElseThrow());
    }

    private static SampleWindow<CpuSample> window(int capacity, CpuSample... samples) {
        SampleWindow<CpuSample> window = SampleWindow.of(capacity);
        for (CpuSample sample : samples) {
            window = window.plus(sample);
        }
        return window;
    }

    private static CpuSample cpu(int second, long usage) {
        return new CpuSample(at(second), usage);
    }

    private static NetworkSample network(int second, InterfaceCounters... interfaces) {
        return new NetworkSample(at(second), List.of(interfaces));
    }

    private static InterfaceCounters eth(String name, long bytes) {
        return new InterfaceCounters(name, new Traffic(bytes, bytes / 2, 0, 0), new Traffic(bytes, bytes / 2, 0, 0));
    }

    private static Moment at(int second) {
        return new Moment(NOON.plusSeconds(second), second * SECOND);
    }
}
