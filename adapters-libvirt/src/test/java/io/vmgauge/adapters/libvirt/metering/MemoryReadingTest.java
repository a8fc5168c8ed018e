package io.vmgauge.adapters.libvirt.metering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.libvirt.definition.Definition;
import io.vmgauge.adapters.libvirt.definition.DefinitionReaderTest;
import io.vmgauge.adapters.libvirt.domain.MemoryStats;
import io.vmgauge.domain.sample.GuestMemory;
import io.vmgauge.domain.sample.GuestMemorySample;
import io.vmgauge.domain.sample.MemorySample;
import io.vmgauge.domain.sample.Moment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On figures as virsh dommemstat prints them, laid out in memory as libvirt does. */
class MemoryReadingTest {
    private static final List<String> TAGS = List.of(
            "swap_in",
            "swap_out",
            "major_fault",
            "minor_fault",
            "unused",
            "available",
            "actual",
            "rss",
            "usable",
            "last_update",
            "disk_caches",
            "hugetlb_pgalloc",
            "hugetlb_pgfail");
    private static final long UPDATED = 1795476208;
    private static final String GUEST =
            """
            actual 98304
            swap_in 0
            swap_out 0
            major_fault 3
            minor_fault 750
            unused 34228
            available 62020
            usable 40684
            last_update 1795476208
            disk_caches 2492
            hugetlb_pgalloc 0
            hugetlb_pgfail 0
            rss 187516""";

    @Test
    void allFiguresOfAGuestThatReportsAreRead() {
        Told told = read(GUEST, UPDATED + 5, 1);

        assertEquals(Optional.of(new MemorySample(at(UPDATED + 5), 187516L * 1024, 0)), told.host());
        GuestMemorySample sample = told.guest();
        assertEquals(at(UPDATED + 5), sample.takenAt());
        assertEquals(OptionalLong.of(98304 * 1024), sample.balloonBytes());
        assertEquals(
                Optional.of(new GuestMemory(
                        62020 * 1024,
                        OptionalLong.of(34228 * 1024),
                        OptionalLong.of(40684 * 1024),
                        OptionalLong.of(2492 * 1024),
                        OptionalLong.of(750),
                        OptionalLong.of(3))),
                sample.guest());
    }

    @Test
    void figuresAreFreshForAMinuteOrThreePeriods() {
        assertTrue(read(GUEST, UPDATED + 60, 1).guest().guest().isPresent());
        assertTrue(read(GUEST, UPDATED + 61, 1).guest().guest().isEmpty());
        assertTrue(read(GUEST, UPDATED + 300, 100).guest().guest().isPresent());
        assertTrue(read(GUEST, UPDATED + 301, 100).guest().guest().isEmpty());
    }

    @Test
    void figuresFromTheFutureAreOld() {
        assertTrue(read(GUEST, UPDATED - 3600, 1).guest().guest().isEmpty());
    }

    @Test
    void aGuestThatNeverReportedHasNoFigures() {
        String silent = "actual 8192\nlast_update 0\nrss 35240";

        assertEquals(Optional.empty(), read(silent, UPDATED, 1).guest().guest());
        assertEquals(
                Optional.empty(),
                read("rss 35240\navailable 5", UPDATED, 1).guest().guest());
    }

    @Test
    void whatIsNotSaidIsAbsentAndNotZero() {
        GuestMemorySample sample =
                read("rss 1\navailable 100\nlast_update " + UPDATED, UPDATED, 1).guest();

        assertEquals(OptionalLong.empty(), sample.balloonBytes());
        assertEquals(OptionalLong.empty(), sample.guest().orElseThrow().usableBytes());
        assertEquals(OptionalLong.empty(), sample.guest().orElseThrow().pageFaults());
    }

    @Test
    void withoutResidentMemoryThereIsNoSampleOfTheHost() {
        assertEquals(Optional.empty(), read("actual 8192", UPDATED, 1).host());
        assertEquals(Optional.empty(), read("actual 8192\nrss 0", UPDATED, 1).host());
        assertEquals(Optional.empty(), read("", UPDATED, 1).host());
        assertEquals(
                OptionalLong.of(8192 * 1024),
                read("actual 8192", UPDATED, 1).guest().balloonBytes());
    }

    /** Else what was told before would be served on. */
    @Test
    void aMonitorThatTellsNothingOfTheGuestHasAnsweredAllTheSame() {
        GuestMemorySample nothing = new GuestMemorySample(at(UPDATED), OptionalLong.empty(), Optional.empty());

        assertEquals(nothing, read("rss 35240", UPDATED, 1).guest());
        assertEquals(nothing, read("", UPDATED, 1).guest());
    }

    @Test
    void withoutADefinitionOnlyTheHostIsBelieved() {
        Told told = read(GUEST, UPDATED, DefinitionReaderTest.read("no definition"));

        assertEquals(Optional.of(new MemorySample(at(UPDATED), 187516L * 1024, 0)), told.host());
        assertEquals(new GuestMemorySample(at(UPDATED), OptionalLong.empty(), Optional.empty()), told.guest());
    }

    @Test
    void aGuestThatLiesBeyondAllNumbersHasNoFigures() {
        GuestMemorySample sample = read("rss 1\navailable 9223372036854775807\nlast_update " + UPDATED, UPDATED, 1)
                .guest();

        assertEquals(Optional.empty(), sample.guest());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "available 98305",
                "available 900000000000",
                "usable 62021",
                "unused 9007199254740991",
                "disk_caches 62021",
                "available -1"
            })
    void aGuestThatClaimsMoreThanItWasGivenIsBelievedNothing(String lie) {
        String key = lie.substring(0, lie.indexOf(' '));
        Told told = read(GUEST.replaceFirst("(?m)^" + key + " .*", lie), UPDATED, 1);

        assertEquals(Optional.empty(), told.guest().guest());
        assertEquals(187516L * 1024, told.host().orElseThrow().residentBytes());
        assertEquals(OptionalLong.of(98304 * 1024), told.guest().balloonBytes());
    }

    @Test
    void aBalloonLargerThanTheVmIsNone() {
        for (String actual : List.of("actual 98305", "actual -17179771000")) {
            GuestMemorySample sample =
                    read(GUEST.replaceFirst("actual .*", actual), UPDATED, 1).guest();
            assertEquals(OptionalLong.empty(), sample.balloonBytes());
        }
    }

    private record Told(Optional<MemorySample> host, GuestMemorySample guest) {}

    private static Told read(String dommemstat, long now, int period) {
        return read(
                dommemstat,
                now,
                DefinitionReaderTest.read(
                        "<domain><memory unit='KiB'>98304</memory><devices><memballoon model='virtio'><stats period='%d'/></memballoon></devices></domain>"
                                .formatted(period)));
    }

    private static Told read(String dommemstat, long now, Definition definition) {
        List<String> lines = dommemstat.lines().toList();
        ByteBuffer bytes =
                ByteBuffer.allocate(MemoryStats.MOST * MemoryStats.SIZE).order(ByteOrder.nativeOrder());
        for (int i = 0; i < lines.size(); i++) {
            int blank = lines.get(i).indexOf(' ');
            bytes.putInt(i * 16, TAGS.indexOf(lines.get(i).substring(0, blank)))
                    .putLong(i * 16 + 8, Long.parseLong(lines.get(i).substring(blank + 1)));
        }
        MemoryReading reading = new MemoryReading(at(now), new MemoryStats(bytes.array(), lines.size()));
        return new Told(reading.ofHost(definition, OptionalLong.empty()), reading.ofGuest(definition));
    }

    private static Moment at(long second) {
        return new Moment(Instant.ofEpochSecond(second), 0);
    }
}
