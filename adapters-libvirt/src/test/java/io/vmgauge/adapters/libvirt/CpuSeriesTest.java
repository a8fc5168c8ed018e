package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CpuSeriesTest {
    private static final CpuSeries.Cgroup NO_CGROUP = () -> {
        throw new VirtException(55, 10, "cgroup CPUACCT controller is not mounted");
    };
    private static final CpuSeries.Cgroup NO_CONNECTION = () -> {
        throw new VirtException(38, 7, "Cannot write data: Broken pipe");
    };

    private final CpuSeries series = new CpuSeries(true);

    @Test
    void theCgroupIsPreferred() throws VirtException {
        assertEquals(OptionalLong.of(100), series.read(() -> 100, () -> OptionalLong.of(7)));
    }

    @Test
    void withoutACgroupTheProcessTableIsRead() throws VirtException {
        assertEquals(OptionalLong.of(7), series.read(NO_CGROUP, () -> OptionalLong.of(7)));
    }

    @Test
    void aSeriesStaysWithItsSource() throws VirtException {
        series.read(NO_CGROUP, () -> OptionalLong.of(7));

        assertEquals(OptionalLong.of(8), series.read(() -> 100, () -> OptionalLong.of(8)));
    }

    @Test
    void aSourceThatFailsIsContinuedByTheOtherWithoutAJumpOrAFall() throws VirtException {
        series.read(() -> 100, () -> OptionalLong.of(0));

        assertEquals(OptionalLong.of(100), series.read(NO_CGROUP, () -> OptionalLong.of(95)));
        assertEquals(OptionalLong.of(105), series.read(NO_CGROUP, () -> OptionalLong.of(100)));
    }

    @Test
    void aDomainThatDoesNotRunHasNoCpuTimeAndKeepsItsSource() throws VirtException {
        series.read(() -> 100, () -> OptionalLong.of(0));

        assertEquals(OptionalLong.empty(), series.read(NO_CGROUP, OptionalLong::empty));
        assertEquals(OptionalLong.of(110), series.read(() -> 110, OptionalLong::empty));
    }

    @Test
    void aLostConnectionSaysNothingAboutTheSource() throws VirtException {
        series.read(() -> 100, () -> OptionalLong.of(0));

        assertThrows(VirtException.class, () -> series.read(NO_CONNECTION, () -> OptionalLong.of(95)));
        assertEquals(OptionalLong.of(110), series.read(() -> 110, () -> OptionalLong.of(96)));
    }
}
