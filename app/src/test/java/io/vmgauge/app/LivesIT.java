package io.vmgauge.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.app.Reader.Seen;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Real VMs in all steps of their lives, under the eyes of the shipped agent: after every step it serves exactly those that
 * run, under their names of now, with the CPU time of their processes of now. The same against a fake, with a thousand
 * steps and every number, is in {@code LivesTest}.
 */
class LivesIT {
    private static final long SEED = Long.getLong("lives.seed", 7);
    /** One life after another, in which all happens that can happen anywhere. */
    private static final List<String> TOUR =
            List.of(("define rename undefine define start reset suspend reset resume save restore crash kill"
                            + " start suspend kill start kill start forget suspend-and-resume kill")
                    .split(" ", -1));
    /** Of a CPU time: it comes from the VM's cgroup, in which libvirt does some work before QEMU begins. */
    private static final long OTHER_WORK_NANOS = 500_000_000;

    /** Where a VM can be in its life, and what may happen to it there. */
    private enum Stage {
        ABSENT("define"),
        OFF("start rename undefine"),
        SAVED("restore"),
        RUNNING("kill crash reset suspend save forget"),
        PAUSED("resume kill reset"),
        /** Its process is kept for whoever wants to know why. */
        CRASHED("kill"),
        /** It runs without a definition. */
        TRANSIENT("kill suspend-and-resume");

        private final String steps;

        Stage(String steps) {
            this.steps = steps;
        }

        String next(Random random) {
            String[] all = steps.split(" ", -1);
            return all[random.nextInt(all.length)];
        }

        static Set<String> allSteps() {
            return Arrays.stream(values())
                    .flatMap(stage -> Arrays.stream(stage.steps.split(" ", -1)).map(step -> step + " while " + stage))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        boolean isServed() {
            return EnumSet.of(RUNNING, PAUSED, TRANSIENT).contains(this);
        }
    }

    /** One VM as it should be. */
    private static final class Expected {
        private String name;
        private Stage stage = Stage.ABSENT;
        private int renamed;

        Expected(String name) {
            this.name = name;
        }
    }

    /** One is there all the time, since a host without any VM is another matter. */
    @Test
    void realVmsAreServedAsTheyAreAfterEveryKindOfStep() throws Exception {
        Expected other = new Expected("bob");
        Expected vm = new Expected("ann");
        List<Step> steps = new ArrayList<>(List.of(new Step(other, "define"), new Step(other, "start")));
        TOUR.forEach(step -> steps.add(new Step(vm, step)));
        walk(List.of(vm, other), steps.size(), steps::get);
    }

    @Test
    @Tag("soak")
    void realVmsAreServedAsTheyAreAfterAThousandRandomSteps() throws Exception {
        Random random = new Random(SEED);
        List<Expected> vms = List.of(new Expected("ann"), new Expected("bob"), new Expected("cid"));
        walk(vms, 1000, i -> {
            Expected vm = vms.get(random.nextInt(vms.size()));
            return new Step(vm, vm.stage.next(random));
        });
    }

    private record Step(Expected vm, String name) {}

    private static void walk(List<Expected> vms, int steps, IntFunction<Step> next) throws Exception {
        try (QemuHost host = QemuHost.start();
                RunningAgent agent = RunningAgent.on(
                        host.dir(),
                        host.uri(),
                        "sampling.cpu.interval=200ms",
                        "sampling.cpu.samples=1",
                        "sampling.memory.interval=200ms",
                        "sampling.min-interval=100ms",
                        "hypervisor.libvirt.identity.refresh=1s");
                Reader reader = new Reader(agent.socket())) {
            List<String> story = new ArrayList<>();
            Map<String, Integer> taken = new TreeMap<>();
            for (int i = 0; i < steps; i++) {
                Step step = next.apply(i);
                story.add(step.name + " " + step.vm.name);
                taken.merge(step.name + " while " + step.vm.stage, 1, Integer::sum);
                take(step.name, step.vm, host);
                long now = System.currentTimeMillis() * 1_000_000;
                agent.until(
                        "agreement with the model, seed " + SEED + ", after " + story + ": " + reader.look(),
                        () -> agree(vms, host, reader.look(), now));
            }
            System.out.println(steps + " steps: " + taken);
            assertEquals(Stage.allSteps(), taken.keySet(), "some steps were never taken");
        }
    }

    private static void take(String step, Expected vm, QemuHost host) throws Exception {
        String domain = host.domain(vm.name);
        Path saved = host.dir().resolve(domain + ".saved");
        switch (step) {
            case "define" -> {
                host.defineNameless(vm.name);
                vm.stage = Stage.OFF;
            }
            case "start" -> {
                host.virsh("start " + domain);
                vm.stage = Stage.RUNNING;
            }
            case "rename" -> {
                String next = vm.name.replaceAll("-.*", "") + "-" + ++vm.renamed;
                host.virsh("domrename " + domain + " " + host.domain(next));
                vm.name = next;
            }
            case "undefine" -> {
                host.virsh("undefine " + domain);
                vm.stage = Stage.ABSENT;
            }
            case "kill" -> {
                QemuHost.signal("KILL", host.qemu(vm.name));
                vm.stage = vm.stage == Stage.TRANSIENT ? Stage.ABSENT : Stage.OFF;
                host.awaitEnd(vm.name);
            }
            case "crash" -> {
                // What a guest's kernel tells its pvpanic device when it panics.
                host.virsh("qemu-monitor-command --hmp " + domain + " 'o /b 0x505 1'");
                vm.stage = Stage.CRASHED;
            }
            case "reset" -> host.virsh("reset " + domain);
            case "suspend" -> {
                host.virsh("suspend " + domain);
                vm.stage = Stage.PAUSED;
            }
            case "resume" -> {
                host.virsh("resume " + domain);
                vm.stage = Stage.RUNNING;
            }
            case "suspend-and-resume" -> host.virsh("suspend " + domain + "; resume " + domain);
            case "save" -> {
                host.virsh("save " + domain + " " + saved);
                vm.stage = Stage.SAVED;
            }
            case "restore" -> {
                // Comes running out of a stream, into a new process, as in a migration.
                host.virsh("restore " + saved);
                Files.delete(saved);
                vm.stage = Stage.RUNNING;
            }
            case "forget" -> {
                host.virsh("undefine " + domain);
                vm.stage = Stage.TRANSIENT;
            }
            default -> throw new IllegalArgumentException(step);
        }
    }

    /** Whether all is as it should be by samples that were taken after the last step. */
    private static boolean agree(List<Expected> vms, QemuHost host, Map<String, Seen> served, long taken)
            throws Exception {
        Set<String> expected = new HashSet<>();
        for (Expected vm : vms) {
            if (vm.stage.isServed()) {
                expected.add(host.domain(vm.name));
            }
        }
        if (!served.keySet().equals(expected)) {
            return false;
        }
        for (Expected vm : vms) {
            Seen seen = served.get(host.domain(vm.name));
            if (seen != null) {
                if (seen.cpuTime().orElse(0) <= taken || seen.memoryTime().orElse(0) <= taken) {
                    return false;
                }
                long real = cpuNanos(host.qemu(vm.name));
                long shown = seen.cpuNanos().orElseThrow();
                assertTrue(
                        shown <= real + OTHER_WORK_NANOS,
                        () -> vm.name + " has used " + real + " and is said to have used " + shown);
                if (shown < real - OTHER_WORK_NANOS) {
                    return false;
                }
            }
        }
        return true;
    }

    /** User and system time (proc(5), fields 14 and 15, in hundredths of a second). */
    private static long cpuNanos(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 10_000_000;
    }
}
