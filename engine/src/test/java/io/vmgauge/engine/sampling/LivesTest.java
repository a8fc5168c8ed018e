package io.vmgauge.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thousand random steps in the lives of eight VMs, with a round and a read after each: all that is served, and when it
 * was so, equals a model that knows nothing of windows, incarnations and claims.
 */
class LivesTest {
    private static final int VMS = 8;
    private static final int STEPS = 1000;

    /** What may happen to a VM. */
    private enum Step {
        DEFINED_AND_STARTED,
        STARTED,
        STOPPED,
        /** Its process has ended, or is kept for whoever wants to know why: there is nothing to measure either way. */
        CRASHED,
        /** By its guest: the same process goes on, and so do its counters. */
        REBOOTED,
        /** From outside, between two looks. */
        RESTARTED,
        PAUSED,
        RESUMED,
        MIGRATED_IN,
        MIGRATED_OUT,
        RENAMED,
        UNDEFINED,
        WORKED,
        /** For as long as one round, and then again. */
        LIBVIRT_FAILED
    }

    /** One VM as it should be, and what it should show. */
    private static final class Model {
        private final VmId id;
        private String pod;
        private VmState state = VmState.RUNNING;
        private boolean present = true;
        private boolean elsewhere;
        private long cpu;
        private long memory = 64 << 20;
        private long received;

        // Of this life: what was served last, and when that was measured.
        private OptionalLong cpuServed = OptionalLong.empty();
        private long servedAtNanos;

        Model(VmId id, String pod) {
            this.id = id;
            this.pod = pod;
        }

        void begin() {
            state = VmState.RUNNING;
            cpu = 0;
            memory = 64 << 20;
            received = 0;
            cpuServed = OptionalLong.empty();
        }

        boolean isMeasured() {
            return present && state.isMeasured();
        }

        EnumSet<Step> possible() {
            if (elsewhere) {
                return EnumSet.of(Step.MIGRATED_IN);
            }
            if (!present) {
                return EnumSet.of(Step.DEFINED_AND_STARTED);
            }
            return switch (state) {
                case STARTING -> throw new AssertionError("no step leads there");
                case STOPPED -> EnumSet.of(Step.STARTED, Step.RENAMED, Step.UNDEFINED);
                case PAUSED -> EnumSet.of(Step.RESUMED, Step.STOPPED, Step.CRASHED, Step.LIBVIRT_FAILED);
                case RUNNING ->
                    EnumSet.complementOf(
                            EnumSet.of(Step.DEFINED_AND_STARTED, Step.STARTED, Step.RESUMED, Step.MIGRATED_IN));
            };
        }
    }

    /** What a VM shows. */
    private record Shown(
            String pod, Instant at, long cpu, OptionalLong nanoCores, long workingSet, OptionalLong received) {}

    private final AgentScenario agent = new AgentScenario();
    private final List<Model> models = new ArrayList<>();
    private final Map<Step, Integer> taken = new EnumMap<>(Step.class);
    private Map<String, Shown> shownLast = new TreeMap<>();
    private int made;
    private Moment begun = agent.time.now();

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatIsServedEqualsAModelAfterEveryStep(long seed) {
        Random random = new Random(seed);
        begun = agent.time.now();
        for (int i = 0; i < VMS; i++) {
            String pod = "vm" + i;
            models.add(new Model(agent.add(pod, container(i)), pod));
        }
        for (int i = 0; i < STEPS; i++) {
            int vm = random.nextInt(VMS);
            List<Step> possible = List.copyOf(models.get(vm).possible());
            Step step = possible.get(random.nextInt(possible.size()));
            taken.merge(step, 1, Integer::sum);
            take(step, vm, random);
            agent.roundAfter(1 + random.nextInt(10));
            String where = "seed " + seed + ", step " + i + ": " + step + " of " + models.get(vm).pod;
            Map<String, Shown> expected = step == Step.LIBVIRT_FAILED ? shownLast : expected();
            assertEquals(expected, shown(), where);
            assertEquals(states(), inventory(), where);
            shownLast = expected;
            agent.hypervisor.recover();
        }
        assertEquals(EnumSet.allOf(Step.class), taken.keySet(), "some steps were never taken");
        assertTrue(taken.values().stream().allMatch(n -> n >= 5), taken::toString);
    }

    private void take(Step step, int number, Random random) {
        Model vm = models.get(number);
        switch (step) {
            case DEFINED_AND_STARTED -> models.set(number, new Model(agent.add(vm.pod, container(number)), vm.pod));
            case STARTED -> {
                agent.hypervisor.start(vm.id);
                vm.begin();
            }
            case STOPPED, CRASHED -> {
                agent.hypervisor.stop(vm.id);
                vm.state = VmState.STOPPED;
            }
            case REBOOTED -> work(vm, random);
            case RESTARTED -> {
                agent.hypervisor.restart(vm.id);
                vm.begin();
                // Often more than before: only the incarnation tells that this is another life.
                work(vm, random);
            }
            case PAUSED -> {
                agent.hypervisor.pause(vm.id);
                vm.state = VmState.PAUSED;
            }
            case RESUMED -> {
                agent.hypervisor.resume(vm.id);
                vm.state = VmState.RUNNING;
            }
            case MIGRATED_OUT, UNDEFINED -> {
                agent.hypervisor.remove(vm.id);
                vm.present = false;
                vm.elsewhere = step == Step.MIGRATED_OUT;
            }
            case MIGRATED_IN -> {
                agent.hypervisor.arrive(vm.id, vm.pod, placement(number, vm.pod));
                vm.present = true;
                vm.elsewhere = false;
                vm.begin();
            }
            case RENAMED -> {
                vm.pod = "vm" + number + "-" + ++made;
                agent.hypervisor.place(vm.id, placement(number, vm.pod));
            }
            case WORKED -> work(vm, random);
            case LIBVIRT_FAILED -> agent.hypervisor.breakDown("libvirtd is down");
            default -> throw new IllegalArgumentException(step.toString());
        }
    }

    private void work(Model vm, Random random) {
        vm.cpu += random.nextInt(1_000_000_000);
        vm.memory = 1L + random.nextInt(1 << 30);
        vm.received += random.nextInt(1_000_000);
        agent.hypervisor.cpu(vm.id, vm.cpu);
        agent.hypervisor.memory(vm.id, vm.memory);
        agent.hypervisor.network(
                vm.id,
                List.of(new InterfaceCounters(
                        "tap-" + vm.id, new Traffic(vm.received, 0, 0, 0), new Traffic(0, 0, 0, 0))));
    }

    /** By container id; the model's counters are read once after each round, so each answer is of one sample. */
    private Map<String, Shown> expected() {
        Map<String, Shown> all = new TreeMap<>();
        Moment now = agent.time.now();
        long nanos = now.nanosSince(begun);
        for (int i = 0; i < VMS; i++) {
            Model vm = models.get(i);
            if (vm.isMeasured()) {
                OptionalLong rate = vm.cpuServed.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(Math.round(
                                (double) (vm.cpu - vm.cpuServed.getAsLong()) * 1e9 / (nanos - vm.servedAtNanos)));
                vm.cpuServed = OptionalLong.of(vm.cpu);
                vm.servedAtNanos = nanos;
                all.put(
                        container(i),
                        new Shown(vm.pod, now.wall(), vm.cpu, rate, vm.memory, OptionalLong.of(vm.received)));
            }
        }
        return all;
    }

    private Map<String, Shown> shown() {
        Map<String, Long> received = new TreeMap<>();
        for (SandboxUsage pod : agent.queries.sandboxes(Selection.ALL)) {
            pod.containers().forEach(c -> c.usage()
                    .network()
                    .ifPresent(network -> received.put(
                            c.placement().container().value(),
                            network.interfaces().stream()
                                    .mapToLong(one -> one.received().bytes())
                                    .sum())));
        }
        Map<String, Shown> all = new TreeMap<>();
        for (ContainerUsage container : agent.queries.containers(Selection.ALL)) {
            String id = container.placement().container().value();
            Usage usage = container.usage();
            Long bytes = received.get(id);
            all.put(
                    id,
                    new Shown(
                            container.placement().sandbox().name(),
                            usage.cpu().orElseThrow().timestamp(),
                            usage.cpu().orElseThrow().usageNanos(),
                            usage.cpu().orElseThrow().nanoCores(),
                            usage.memory().orElseThrow().workingSetBytes(),
                            bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes)));
        }
        return all;
    }

    private Map<String, VmState> states() {
        Map<String, VmState> all = new TreeMap<>();
        models.stream().filter(vm -> vm.present).forEach(vm -> all.put(vm.pod, vm.state));
        return all;
    }

    private Map<String, VmState> inventory() {
        Map<String, VmState> all = new TreeMap<>();
        for (KnownVm known : agent.queries.inventory(Selection.ALL)) {
            all.put(known.vm().placement().sandbox().name(), known.vm().state());
        }
        return all;
    }

    private static String container(int number) {
        return "container-" + number;
    }

    private static Placement placement(int number, String pod) {
        return AgentScenario.placement("sandbox-vm" + number, pod, container(number), Map.of("app", pod));
    }
}
