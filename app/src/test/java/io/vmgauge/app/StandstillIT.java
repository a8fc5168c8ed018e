package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.Reader.Seen;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * libvirtd holds one domain's lock for long, and its list of domains waits for that lock. The CPU time and the memory of
 * the other VMs stay fresh. All intervals are as shipped.
 */
@Tag("alone")
class StandstillIT {
    private static final Set<String> OTHERS = Set.of("a", "b", "c");
    private static final Duration HOOK = Duration.ofSeconds(60);
    /** libvirtd waits so long for a QEMU to heed SIGTERM; then it sends SIGKILL. */
    private static final Duration DESTROY = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long LONGEST_CPU_MILLIS = 2 * 5000;
    private static final long LONGEST_MEMORY_MILLIS = 2 * 10_000;

    @SuppressWarnings("NullAway.Init") // boot comes before any test
    private static QemuHost host;

    @SuppressWarnings("NullAway.Init")
    private static RunningAgent agent;

    @SuppressWarnings("NullAway.Init")
    private static Reader reader;

    @SuppressWarnings("NullAway.Init")
    private static Path hooked;

    @BeforeAll
    static void boot() throws Exception {
        host = QemuHost.start();
        hooked = host.dir().resolve("hooked");
        host.hook("[ \"$1 $2\" != '%s prepare' ] || { touch %s; sleep %d; }"
                .formatted(host.domain("slow"), hooked, HOOK.toSeconds()));
        for (String vm : OTHERS) {
            host.add(vm);
        }
        host.add("stopped");
        host.defineNameless("slow");
        agent = RunningAgent.on(host.dir(), host.uri());
        reader = new Reader(agent.socket());
        agent.until("everything of the others", () -> {
            Map<String, Seen> now = reader.look();
            return now.keySet().containsAll(OTHERS)
                    && OTHERS.stream().map(now::get).allMatch(StandstillIT::isComplete);
        });
    }

    private static boolean isComplete(Seen vm) {
        return vm.nanoCores().isPresent() && vm.memoryTime().isPresent();
    }

    @AfterAll
    static void end() throws Exception {
        try {
            reader.close();
            agent.close();
        } finally {
            host.close();
        }
    }

    @Test
    void aStartThatWaitsForASlowHookHoldsUpNoOtherVm() throws Exception {
        holdsUpNobody("a hook of " + HOOK.toSeconds() + " s", HOOK, begun("start " + host.domain("slow")));
        assertTrue(Files.exists(hooked));
        agent.until("the newcomer", () -> reader.look().containsKey(host.domain("slow")));
    }

    @Test
    void theDestructionOfAStoppedQemuHoldsUpNoOtherVm() throws Exception {
        QemuHost.signal("STOP", host.qemu("stopped"));
        holdsUpNobody("a destroy of a stopped QEMU", DESTROY, begun("destroy " + host.domain("stopped")));
        agent.until("its end", () -> !reader.look().containsKey("stopped"));
    }

    /** Of virsh, beside this thread. */
    private static FutureTask<String> begun(String command) {
        FutureTask<String> task = new FutureTask<>(() -> host.virsh(command));
        Thread thread = new Thread(task, "virsh");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static void holdsUpNobody(String what, Duration least, FutureTask<String> task) throws Exception {
        long begun = System.nanoTime();
        Standstill standstill = new Standstill();
        while (!task.isDone()) {
            Map<String, Seen> now = reader.look();
            for (String vm : OTHERS) {
                Seen seen = Objects.requireNonNull(now.get(vm), vm);
                standstill.note(vm + " cpu", seen.cpuTime());
                standstill.note(vm + " memory", seen.memoryTime());
            }
            TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
        }
        task.get();
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        long cpu = standstill.longestMillis(" cpu");
        long memory = standstill.longestMillis(" memory");
        System.out.printf(
                "%s took %d ms: longest standstill of any other VM: CPU %d ms, memory %d ms%n",
                what, took.toMillis(), cpu, memory);
        assertTrue(took.compareTo(least) >= 0, () -> "nobody was held up for long: " + took);
        assertTrue(cpu <= LONGEST_CPU_MILLIS, standstill::toString);
        assertTrue(memory <= LONGEST_MEMORY_MILLIS, standstill::toString);
    }
}
