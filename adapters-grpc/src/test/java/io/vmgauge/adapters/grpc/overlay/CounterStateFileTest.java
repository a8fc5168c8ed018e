package io.vmgauge.adapters.grpc.overlay;

import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.pod;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.SandboxTotal;
import io.vmgauge.domain.usage.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one life of the relay leaves to the next. */
class CounterStateFileTest {
    private static final long VMS = 5_000_000_000L;

    @TempDir
    private Path dir = Path.of("");

    private Path path = Path.of("");
    private CounterStateFile file = new CounterStateFile(Path.of("unset"));

    @BeforeEach
    void beside() {
        path = dir.resolve("vmgauge.sock.served");
        file = CounterStateFile.beside(dir.resolve("vmgauge.sock"));
    }

    private OverlayScenario nextLife(OverlayScenario before) {
        file.write(before.bindings.kept());
        OverlayScenario next = new OverlayScenario(FakeQueries.NOTHING);
        next.bindings.restore(file.read());
        return next;
    }

    @Test
    void aBoundVmWithoutSamplesKeepsItsSourceInTheNextLife() {
        OverlayScenario first =
                new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, VMS));
        LinuxPodSandboxStats before = first.relayed(pod(50, 20, told("vm", 50, 5), told("sidecar", 50, 6)));
        OverlayScenario next = nextLife(first);

        LinuxPodSandboxStats after = next.relayed(pod(90, 40, told("vm", 90, 7), told("sidecar", 90, 6)));

        assertEquals(before.getCpu(), after.getCpu());
        assertEquals(before.getContainers(0).getCpu(), after.getContainers(0).getCpu());
        assertEquals(told("sidecar", 90, 6).build(), after.getContainers(1));
        next.vmSays(cpu(100, VMS + 3));
        assertEquals(VMS + 3, nanosOf(next.relayed(told("vm", 100, 8)).getCpu()));
    }

    @Test
    void whatEarlierLivesOfAVmUsedStaysCountedInTheNextLife() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, 5));
        first.relayed(told("vm", 61, 5));
        first.vmStarts(8, cpu(70, 1000));
        first.relayed(told("vm", 71, 5));
        first.vmStarts(8, cpu(75, 1700));
        assertEquals(705, nanosOf(first.relayed(told("vm", 76, 5)).getCpu()));
        OverlayScenario next = nextLife(first).runs("vm");
        next.vmStarts(8, cpu(80, 3000));
        assertEquals(2005, nanosOf(next.relayed(told("vm", 81, 5)).getCpu()));
        OverlayScenario last = nextLife(next).runs("vm");
        // It began anew while nobody looked.
        last.vmStarts(9, cpu(90, 9000));
        assertEquals(2005, nanosOf(last.relayed(told("vm", 91, 5)).getCpu()));
        last.vmStarts(9, cpu(95, 9010));
        assertEquals(2015, nanosOf(last.relayed(told("vm", 96, 5)).getCpu()));
    }

    @Test
    void aVmThatWasGoneIsStillGoneInTheNextLife() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, 5));
        first.relayed(told("vm", 61, 5));
        first.vmSays(cpu(70, VMS + 100));
        first.relayed(told("vm", 71, 6));
        OverlayScenario next = nextLife(first);
        next.queries.remove("vm");
        next.runs("vm");

        ContainerStats.Builder told = told("vm", 90, 16);
        assertEquals(115, nanosOf(next.relayed(told).getCpu()));
        assertEquals(told.getMemory(), next.relayed(told).getMemory());
        OverlayScenario last = nextLife(next);
        last.queries.remove("vm");
        last.runs("vm");
        assertEquals(119, nanosOf(last.relayed(told("vm", 99, 20)).getCpu()));
    }

    /** 80 s that are told once, and a container that ended while nobody looked. */
    @Test
    void aPodKeepsInTheNextLifeWhatAVmUsedWhoseContainerEndedMeanwhile() {
        OverlayScenario first =
                new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar").hears(told("vm", 50, 5));
        first.relayed(pod(61, 20, told("vm", 61, 5)));
        first.vmSays(cpu(70, VMS + 80_000_000_000L));
        assertEquals(
                80_000_000_020L,
                nanosOf(first.relayed(pod(71, 20, told("vm", 71, 5))).getCpu()));
        OverlayScenario next = nextLife(first).runs("sidecar");
        assertEquals(
                80_000_000_027L,
                nanosOf(next.relayed(pod(90, 27, told("sidecar", 90, 6))).getCpu()));
    }

    @Test
    void whatTheVcpusWaitedStaysCountedInTheNextLifeAndWhenTheVmBeginsAnew() {
        CpuCounter first = new CpuCounter();
        first.hear(Optional.empty());
        assertEquals(OptionalLong.of(700), steal(first, 60, OptionalLong.of(700)));
        assertEquals(OptionalLong.empty(), steal(first, 70, OptionalLong.empty()));
        assertEquals(OptionalLong.of(705), steal(first, 80, OptionalLong.of(5)));

        file.write(new CounterState.Kept(Map.of("one", first.kept("vm-1").orElseThrow()), Map.of(), Map.of()));
        CpuCounter next =
                new CpuCounter(Objects.requireNonNull(file.read().containers().get("one")));

        assertEquals(OptionalLong.of(706), steal(next, 90, OptionalLong.of(6)));
        assertEquals(OptionalLong.of(708), steal(next, 100, OptionalLong.of(2)));
        next.beginAnew();
        assertEquals(OptionalLong.of(708), steal(next, 110, OptionalLong.of(9000)));
        assertEquals(OptionalLong.of(709), steal(next, 120, OptionalLong.of(9001)));
    }

    private static OptionalLong steal(CpuCounter served, double second, OptionalLong vms) {
        var now = new io.vmgauge.domain.usage.CpuUsage(OverlayScenario.at(second), VMS, OptionalLong.empty(), vms);
        VmReading reading = new VmReading(
                VmReading.State.RUNNING,
                "vm-1",
                "vm-1/7",
                new Usage(Optional.of(now), Optional.empty(), Optional.empty(), Optional.empty()));
        return served.next(reading, Optional.empty(), true).orElseThrow().stealNanos();
    }

    /** Its VM is found, and measured, anew; what was told of it is not forgotten. */
    @Test
    void aFileOfAnEarlierVersionIsRead() throws IOException {
        for (String steal : List.of("", " 8 9")) {
            Files.writeString(
                    path, "vmgauge served 1\ncontainer vm any 1 4999999999 3" + steal + "\npod pod 1 2 3\nend\n");
            OverlayScenario next = new OverlayScenario(cpu(60, 77));
            next.bindings.restore(file.read());
            next.runs("vm");
            assertEquals(VMS, nanosOf(next.relayed(told("vm", 61, 5)).getCpu()));
            next.vmSays(cpu(70, 78));
            assertEquals(VMS + 1, nanosOf(next.relayed(told("vm", 71, 5)).getCpu()));
        }
    }

    @Test
    void aContainerThatEndedMeanwhileIsForgotten() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm").hears(told("vm", 50, VMS));
        first.relayed(told("vm", 50, 5));
        assertEquals(
                5,
                nanosOf(nextLife(first)
                        .runs("sidecar")
                        .relayed(told("vm", 90, 5))
                        .getCpu()));
    }

    private static long nanosOf(CpuUsage cpu) {
        return cpu.getUsageCoreNanoSeconds().getValue();
    }

    private static CpuCounter.Kept cpuOf(String vm) {
        return new CpuCounter.Kept(
                vm,
                vm + "/7",
                -3,
                4,
                1,
                Instant.ofEpochSecond(5, 6),
                7,
                Optional.of(Instant.ofEpochSecond(8)),
                new MonotonicCounter.Kept(-8, 9));
    }

    private static CounterState.Kept some() {
        return new CounterState.Kept(
                Map.of(
                        "one",
                        cpuOf("vm-1"),
                        "two",
                        new CpuCounter.Kept(
                                "vm-2",
                                "",
                                0,
                                0,
                                1,
                                Instant.ofEpochSecond(7),
                                0,
                                Optional.empty(),
                                MonotonicCounter.Kept.NOTHING)),
                Map.of("pod", new PodCounter.Kept(-1, 2, 3, Map.of("one", -4L, "two", 5L))),
                Map.of("own", new SandboxTotal.Kept(1, 2, Instant.ofEpochSecond(3), Map.of("vm-3/1", 6L))));
    }

    @Test
    void whatIsReadIsWhatWasWrittenAndOnlyItsUserMay() throws IOException {
        assertEquals(CounterState.Kept.NOTHING, file.read());
        file.write(CounterState.Kept.NOTHING);
        assertEquals(CounterState.Kept.NOTHING, file.read());
        file.write(some());
        assertEquals(some(), file.read());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        try (var all = Files.list(dir)) {
            assertEquals(List.of(path), all.toList());
        }
    }

    @Test
    void anIdThatIsNotOneWordIsLeftOut() {
        Map<String, CpuCounter.Kept> odd = new HashMap<>(some().containers());
        odd.put("two words", cpuOf("vm-3"));
        odd.put("line\nend", cpuOf("vm-4"));
        file.write(new CounterState.Kept(odd, some().pods(), some().sandboxes()));
        assertEquals(some(), file.read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vmgauge served 2\n",
                "vmgauge served 3\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 2 3 4 5 6 7 8\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 2 3 4 5 6 7\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 2 3 4 5 6 7 8 9\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 -2 3 4 5 6 7 8\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 2 3 -4 5 6 7 8\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 -9223372036854775808 2 3 4 5 6 7 8\nend\n",
                "vmgauge served 2\ncontainer a vm vm/7 1 2 99999999999999999999 4 5 6 7 8\nend\n",
                "vmgauge served 2\npod a 1 2\nend\n",
                "vmgauge served 2\npod a 1 2 3 b\nend\n",
                "vmgauge served 2\nsandbox a -1 2 3\nend\n",
                "vmgauge served 2\nthing a 1 2 3\nend\n",
            })
    void whatIsNotAsItWasWrittenIsNotUsedAndIsReplaced(String text) throws IOException {
        Files.writeString(path, text);
        assertEquals(CounterState.Kept.NOTHING, file.read());
        file.write(some());
        assertEquals(some(), file.read());
    }

    @Test
    void damagedFilesDoNoHarm() throws IOException {
        file.write(some());
        byte[] whole = Files.readAllBytes(path);
        Random random = new Random(20261125);
        int used = 0;
        for (int i = 0; i < 200; i++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            Files.write(path, damaged);
            used += file.read().equals(CounterState.Kept.NOTHING) ? 0 : 1;
        }
        assertTrue(used > 10 && used < 190, used + " were used");
    }

    @Test
    void whatIsNoFileOfItsUserOrTooLargeIsNotUsed() throws Exception {
        Path elsewhere = dir.resolve("elsewhere");
        CounterStateFile other = new CounterStateFile(elsewhere);
        other.write(some());
        Files.createSymbolicLink(path, elsewhere);
        assertEquals(CounterState.Kept.NOTHING, file.read());
        file.write(some());
        assertFalse(Files.isSymbolicLink(path));
        assertEquals(some(), file.read());

        Files.delete(path);
        Files.createDirectory(path);
        assertEquals(CounterState.Kept.NOTHING, file.read());
        file.write(some());
        assertTrue(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS), "said once, and no harm done");
        Files.delete(path);

        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        assertEquals(CounterState.Kept.NOTHING, file.read());
        Files.delete(path);

        Files.writeString(path, Files.readString(elsewhere).replace("end", " ".repeat(3 << 20) + "\nend"));
        assertEquals(CounterState.Kept.NOTHING, file.read());

        file.write(some());
        if (System.getProperty("user.name", "").equals("root")) {
            Files.setAttribute(path, "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
            assertEquals(CounterState.Kept.NOTHING, file.read());
        }
    }
}
