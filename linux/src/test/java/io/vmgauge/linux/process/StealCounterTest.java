package io.vmgauge.linux.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vmgauge.domain.sample.Moment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On files as the kernel writes them; QemuNumbersIT has the kernel's own. */
class StealCounterTest {
    private static final int PID = 77;
    private static final OptionalLong UNKNOWN = OptionalLong.empty();

    @TempDir
    private Path dir = Path.of("");

    private long used;
    private StealCounter delay = new StealCounter(new VcpuThreads(Path.of("unset")));

    @BeforeEach
    void begin() {
        delay = new StealCounter(new VcpuThreads(dir));
    }

    private OptionalLong after(int seconds) {
        used++;
        return delay.nanos(dir.resolve("group"), used, new Moment(Instant.EPOCH, seconds * 1_000_000_000L));
    }

    private void in(String file, String content) throws IOException {
        Path path = dir.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
    }

    private void vcpu(int number, int tid, long waited) throws IOException {
        in("group/vcpu" + number + "/cgroup.threads", tid + "\n");
        thread(tid, waited);
    }

    private void thread(int tid, long waited) throws IOException {
        in(tid + "/status", "Name:\tCPU 0/KVM\nUmask:\t0002\nState:\tS (sleeping)\nTgid:\t" + PID + "\nNgid:\t0\n");
        in(PID + "/task/" + tid + "/schedstat", "1000 " + waited + " 3\n");
    }

    @Test
    void allThatItsVcpusWaitedCounts() throws IOException {
        vcpu(0, 80, 500);
        vcpu(1, 81, 20);
        in("group/emulator/cgroup.threads", "77\n82\n");
        assertEquals(OptionalLong.of(520), after(0));
        thread(81, 25);
        assertEquals(OptionalLong.of(525), after(5));
    }

    @ParameterizedTest
    @CsvSource({"vcpu0, cgroup.threads", "vcpu0, tasks", "libvirt/vcpu0, cgroup.threads", "libvirt/vcpu0, tasks"})
    void eachLayoutOfLibvirtIsKnown(String vcpu, String threads) throws IOException {
        in("group/" + vcpu + "/" + threads, "80\n");
        thread(80, 500);
        assertEquals(OptionalLong.of(500), after(0));
    }

    @Test
    void aVcpuThatIsPluggedInIsFoundWithinAMinuteAndCountsWhole() throws IOException {
        vcpu(0, 80, 500);
        assertEquals(OptionalLong.of(500), after(0));
        vcpu(1, 81, 9);
        assertEquals(OptionalLong.of(500), after(59));
        assertEquals(OptionalLong.of(509), after(60));
    }

    @Test
    void whatAnUnpluggedVcpuWaitedStaysCounted() throws IOException {
        vcpu(0, 80, 500);
        vcpu(1, 81, 20);
        assertEquals(OptionalLong.of(520), after(0));
        unplug(1, 81);
        thread(80, 501);
        assertEquals(OptionalLong.of(521), after(10));
        vcpu(1, 82, 4);
        assertEquals(OptionalLong.of(525), after(70));
    }

    @Test
    void aThreadThatWentIsLookedForAtOnceButNotEachTime() throws IOException {
        vcpu(0, 80, 500);
        vcpu(1, 81, 20);
        assertEquals(OptionalLong.of(520), after(0));
        unplug(1, 81);
        assertEquals(UNKNOWN, after(9));
        assertEquals(OptionalLong.of(520), after(10));
    }

    @Test
    void whereNoCpuTimeWasUsedNothingIsRead() throws IOException {
        vcpu(0, 80, 500);
        assertEquals(OptionalLong.of(500), after(0));
        thread(80, 600);
        used--;
        assertEquals(OptionalLong.of(500), after(70));
        assertEquals(OptionalLong.of(600), after(75));
        in(PID + "/task/80/schedstat", "");
        assertEquals(UNKNOWN, after(80));
        used--;
        assertEquals(UNKNOWN, after(85));
    }

    @Test
    void anIdThatIsGivenAgainMakesNoJump() throws IOException {
        vcpu(0, 80, 500);
        assertEquals(OptionalLong.of(500), after(0));
        thread(80, 3);
        assertEquals(OptionalLong.of(503), after(5));
        thread(80, 10);
        assertEquals(OptionalLong.of(510), after(10));
    }

    private void unplug(int number, int tid) throws IOException {
        Files.delete(dir.resolve("group/vcpu" + number + "/cgroup.threads"));
        Files.delete(dir.resolve("group/vcpu" + number));
        Files.delete(dir.resolve(PID + "/task/" + tid + "/schedstat"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "0 0 0\n", "1 2\n", "1 x 3\n", "1 -2 3\n", "1 2 3 4\n", "1 99999999999999999999 3\n", "1 2 3"
            })
    void whatIsNotAsDocumentedIsUnknownUntilItIs(String schedstat) throws IOException {
        vcpu(0, 80, 500);
        in(PID + "/task/80/schedstat", schedstat);
        assertEquals(UNKNOWN, after(0));
        thread(80, 500);
        assertEquals(UNKNOWN, after(9));
        assertEquals(OptionalLong.of(500), after(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "80\n81\n", "0\n", "-80\n", "80", "x\n", "\n", "99999999999999999999\n"})
    void aGroupThatIsNotOfOneThreadIsUnknown(String threads) throws IOException {
        vcpu(0, 80, 500);
        vcpu(1, 81, 20);
        in("group/vcpu1/cgroup.threads", threads);
        assertEquals(UNKNOWN, after(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Name:\tx\n", "Name:\tx\nTgid:\tseven\n", "Name:\tx\nTgid:\t77"})
    void aThreadOfNoProcessIsUnknown(String status) throws IOException {
        vcpu(0, 80, 500);
        in("80/status", status);
        assertEquals(UNKNOWN, after(0));
    }

    @Test
    void aPartNeverPassesForTheWhole() throws IOException {
        vcpu(0, 80, 500);
        vcpu(1, 81, 20);
        Files.delete(dir.resolve(PID + "/task/81/schedstat"));
        assertEquals(UNKNOWN, after(0));
    }

    @Test
    void nothingIsKnownOfAGroupWithoutVcpusOrWithTooMany() throws IOException {
        assertEquals(UNKNOWN, after(0));
        in("group/emulator/cgroup.threads", "77\n");
        assertEquals(UNKNOWN, after(10));
        for (int i = 0; i < VcpuThreads.MOST; i++) {
            vcpu(i, 1000 + i, 1);
        }
        assertEquals(OptionalLong.of(VcpuThreads.MOST), after(20));
        vcpu(VcpuThreads.MOST, 5000, 1);
        assertEquals(UNKNOWN, after(80));
    }
}
