package io.vmgauge.adapters.grpc.counter;

import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.cpu;
import static io.vmgauge.adapters.grpc.overlay.OverlayScenario.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.adapters.grpc.mapping.SandboxTotal;
import io.vmgauge.adapters.grpc.overlay.OverlayScenario;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file with the counter state: what is read is what was written, and a file that is not so is not used. */
class CounterStateFileTest extends CounterStateFixture {
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
