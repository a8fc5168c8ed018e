package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.OverlayScenario.pod;
import static io.vmgauge.adapters.grpc.OverlayScenario.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
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
class LedgerFileTest {
    private static final long VMS = 5_000_000_000L;

    @TempDir
    private Path dir = Path.of("");

    private Path path = Path.of("");
    private LedgerFile file = new LedgerFile(Path.of("unset"));

    @BeforeEach
    void beside() {
        path = dir.resolve("vmgauge.sock.served");
        file = LedgerFile.beside(dir.resolve("vmgauge.sock"));
    }

    private OverlayScenario nextLife(OverlayScenario before) {
        file.write(before.bindings.kept());
        OverlayScenario next = new OverlayScenario(FakeQueries.NOTHING);
        next.bindings.restore(file.read());
        return next;
    }

    @Test
    void aBoundVmWithoutSamplesKeepsItsSourceInTheNextLife() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm", "sidecar");
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
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm");
        first.relayed(told("vm", 50, 5));
        first.vmSays(cpu(70, 1000));
        assertEquals(VMS + 1000, nanosOf(first.relayed(told("vm", 50, 5)).getCpu()));
        OverlayScenario next = nextLife(first).runs("vm");
        next.vmSays(cpu(80, 3000));
        assertEquals(VMS + 3000, nanosOf(next.relayed(told("vm", 80, 5)).getCpu()));
        OverlayScenario last = nextLife(next).runs("vm");
        // This one began anew while nobody looked.
        last.vmSays(cpu(90, 10));
        assertEquals(VMS + 3010, nanosOf(last.relayed(told("vm", 90, 5)).getCpu()));
    }

    @Test
    void whatTheVcpusWaitedStaysCountedInTheNextLifeAndWhenTheVmBeginsAnew() {
        ServedCpu first = new ServedCpu();
        assertEquals(OptionalLong.of(700), steal(first, 60, OptionalLong.of(700)));
        assertEquals(OptionalLong.empty(), steal(first, 70, OptionalLong.empty()));
        assertEquals(OptionalLong.of(705), steal(first, 80, OptionalLong.of(5)));

        file.write(new Ledger.Kept(Map.of("one", first.kept("vm-1").orElseThrow()), Map.of()));
        ServedCpu next =
                new ServedCpu(Objects.requireNonNull(file.read().containers().get("one")));

        assertEquals(OptionalLong.of(706), steal(next, 90, OptionalLong.of(6)));
        assertEquals(OptionalLong.of(708), steal(next, 100, OptionalLong.of(2)));
    }

    private static OptionalLong steal(ServedCpu served, double second, OptionalLong vms) {
        var now = new io.vmgauge.domain.usage.CpuUsage(OverlayScenario.at(second), VMS, OptionalLong.empty(), vms);
        return served.next(Optional.of(now), Optional.empty()).orElseThrow().stealNanos();
    }

    @Test
    void aFileOfBeforeThereWasStealIsRead() throws IOException {
        Files.writeString(path, "vmgauge served 1\ncontainer two vm-2 1 2 3\nend\n");
        assertEquals(
                Map.of("two", new ServedCpu.Kept("vm-2", 1, 2, Instant.ofEpochSecond(0, 3), Rising.Kept.NOTHING)),
                file.read().containers());
    }

    @Test
    void aContainerThatEndedMeanwhileIsForgotten() {
        OverlayScenario first = new OverlayScenario(cpu(60, VMS)).runs("vm");
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

    private static Ledger.Kept some() {
        return new Ledger.Kept(
                Map.of(
                        "one", new ServedCpu.Kept("vm-1", 3, 4, Instant.ofEpochSecond(5, 6), new Rising.Kept(8, 9)),
                        "two", new ServedCpu.Kept("vm-2", 0, 0, Instant.ofEpochSecond(7), Rising.Kept.NOTHING)),
                Map.of("pod", new ServedPod.Kept(1, 2, 3)));
    }

    @Test
    void whatIsReadIsWhatWasWrittenAndOnlyItsUserMay() throws IOException {
        assertEquals(Ledger.Kept.NOTHING, file.read());
        file.write(Ledger.Kept.NOTHING);
        assertEquals(Ledger.Kept.NOTHING, file.read());
        file.write(some());
        assertEquals(some(), file.read());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        try (var all = Files.list(dir)) {
            assertEquals(List.of(path), all.toList());
        }
    }

    @Test
    void anIdThatIsNotOneWordIsLeftOut() {
        Map<String, ServedCpu.Kept> odd = new HashMap<>(some().containers());
        odd.put("two words", new ServedCpu.Kept("vm-3", 0, 0, Instant.EPOCH, Rising.Kept.NOTHING));
        odd.put("line\nend", new ServedCpu.Kept("vm-4", 0, 0, Instant.EPOCH, Rising.Kept.NOTHING));
        file.write(new Ledger.Kept(odd, some().pods()));
        assertEquals(some(), file.read());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vmgauge served 1\n",
                "vmgauge served 2\nend\n",
                "vmgauge served 1\ncontainer a vm 1 2 3\n",
                "vmgauge served 1\ncontainer a vm 1 2\nend\n",
                "vmgauge served 1\ncontainer a vm 1 2 3 4\nend\n",
                "vmgauge served 1\ncontainer a vm 1 2 3 4 -5\nend\n",
                "vmgauge served 1\ncontainer a vm -1 2 3\nend\n",
                "vmgauge served 1\ncontainer a vm 9223372036854775807 9223372036854775807 3\nend\n",
                "vmgauge served 1\ncontainer a vm 1 2 99999999999999999999\nend\n",
                "vmgauge served 1\nthing a 1 2 3\nend\n",
            })
    void whatIsNotAsItWasWrittenIsNotUsedAndIsReplaced(String text) throws IOException {
        Files.writeString(path, text);
        assertEquals(Ledger.Kept.NOTHING, file.read());
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
            used += file.read().equals(Ledger.Kept.NOTHING) ? 0 : 1;
        }
        assertTrue(used > 10 && used < 190, used + " were used");
    }

    @Test
    void whatIsNoFileOfItsUserOrTooLargeIsNotUsed() throws Exception {
        Path elsewhere = dir.resolve("elsewhere");
        LedgerFile other = new LedgerFile(elsewhere);
        other.write(some());
        Files.createSymbolicLink(path, elsewhere);
        assertEquals(Ledger.Kept.NOTHING, file.read());
        file.write(some());
        assertFalse(Files.isSymbolicLink(path));
        assertEquals(some(), file.read());

        Files.delete(path);
        Files.createDirectory(path);
        assertEquals(Ledger.Kept.NOTHING, file.read());
        file.write(some());
        assertTrue(Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS), "said once, and no harm done");
        Files.delete(path);

        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        assertEquals(Ledger.Kept.NOTHING, file.read());
        Files.delete(path);

        Files.writeString(path, Files.readString(elsewhere).replace("end", " ".repeat(3 << 20) + "\nend"));
        assertEquals(Ledger.Kept.NOTHING, file.read());

        file.write(some());
        if (System.getProperty("user.name", "").equals("root")) {
            Files.setAttribute(path, "unix:uid", 65534, LinkOption.NOFOLLOW_LINKS);
            assertEquals(Ledger.Kept.NOTHING, file.read());
        }
    }
}
