package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.Incarnation;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.BlockIoSample;
import io.vmgauge.domain.sample.DeviceIo;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.sample.Sample;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Gone;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.outbound.VmMeter;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What every {@link VmMeter} keeps. Its sentences on stuck VMs are in {@link StuckVmContract}, those on failing in
 * {@link OutageContract}.
 *
 * <p>Long because the port says so much: there is a test for each sentence, and nothing else.
 */
public interface VmMeterContract {
    /** A new lab, to be closed by the caller. */
    HypervisorLab lab();

    @Test
    default void whatIsMeasuredTogetherIsTheSameAtEveryCall() {
        try (HypervisorLab lab = lab()) {
            Set<Metric> first = lab.hypervisor().meter().measuredTogether();
            lab.add("one");
            lab.hypervisor().meter().measureAll(first);

            assertEquals(first, lab.hypervisor().meter().measuredTogether());
        }
    }

    @Test
    default void aRoundMeasuresEveryRunningAndPausedVmOnceAndNoOther() {
        try (HypervisorLab lab = lab()) {
            VmId running = lab.add("running");
            VmId paused = lab.add("paused");
            VmId stopped = lab.add("stopped");
            lab.pause(paused);
            lab.stop(stopped);

            List<VmId> ids = round(lab).stream().map(Measurement::vm).toList();

            assertEquals(ids.size(), new HashSet<>(ids).size(), () -> "twice in " + ids);
            assertTrue(ids.containsAll(List.of(running, paused)), () -> "incomplete: " + ids);
            assertFalse(ids.contains(stopped), "a stopped VM was measured");
        }
    }

    @Test
    default void aRoundTakesAllThatIsMeasuredTogether() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("whole");

            assertEquals(
                    lab.hypervisor().meter().measuredTogether(),
                    Samples.of(inRound(lab, vm)).keySet());
        }
    }

    @Test
    default void aRoundLeavesOutWhatWasNotAskedFor() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("quiet");
            for (Metric metric : lab.hypervisor().meter().measuredTogether()) {
                List<Measurement> round = lab.hypervisor().meter().measureAll(EnumSet.of(metric));

                assertEquals(Set.of(metric), Samples.of(find(round, vm)).keySet());
            }
        }
    }

    @Test
    default void aRoundLeavesOutWhatIsNotMeasuredTogether() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("greedy");

            List<Measurement> round = lab.hypervisor().meter().measureAll(EnumSet.allOf(Metric.class));

            assertEquals(
                    lab.hypervisor().meter().measuredTogether(),
                    Samples.of(find(round, vm)).keySet());
        }
    }

    @Test
    default void oneVmCanBeAskedForAnyMetric() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("open");
            for (Metric metric : Metric.values()) {
                assertEquals(
                        Set.of(metric),
                        Samples.of(one(lab, vm, EnumSet.of(metric))).keySet());
            }
            assertEquals(
                    EnumSet.allOf(Metric.class),
                    Samples.of(one(lab, vm, EnumSet.allOf(Metric.class))).keySet());
            assertEquals(
                    Set.of(),
                    Samples.of(one(lab, vm, EnumSet.noneOf(Metric.class))).keySet());
        }
    }

    @Test
    default void aVmWhoseDefinitionCannotBeReadIsMeasuredAllTheSame() {
        try (HypervisorLab lab = lab()) {
            VmId other = lab.add("other");
            VmId vm = lab.addUnreadable("unreadable");
            Set<Metric> together = lab.hypervisor().meter().measuredTogether();

            assertEquals(together, Samples.of(inRound(lab, other)).keySet());
            assertEquals(together, Samples.of(inRound(lab, vm)).keySet());
            assertEquals(
                    Set.of(Metric.MEMORY),
                    Samples.of(one(lab, vm, Set.of(Metric.MEMORY))).keySet());
            assertMemoryIsToldWhateverTheGuestSays(lab, vm);
        }
    }

    /** What was given to a VM stands in its definition. Without that nobody knows whether its guest lies. */
    private static void assertMemoryIsToldWhateverTheGuestSays(HypervisorLab lab, VmId vm) {
        Set<Metric> both = EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY);
        Map<Metric, Sample<?>> told = Samples.of(one(lab, vm, both));
        assertTrue(told.containsKey(Metric.MEMORY), () -> "no memory in " + told);
        assertTrue(both.containsAll(told.keySet()), () -> "more than was asked for in " + told);
        Set<Metric> guest = EnumSet.of(Metric.GUEST_MEMORY);
        assertTrue(guest.containsAll(Samples.of(one(lab, vm, guest)).keySet()));
    }

    @Test
    default void whatAVmCannotTellIsLeftOut() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.addDiskless("diskless");

            assertEquals(
                    EnumSet.complementOf(EnumSet.of(Metric.DISK)),
                    Samples.of(one(lab, vm, EnumSet.allOf(Metric.class))).keySet());
        }
    }

    @Test
    default void blockIoIsToldOfEachDeviceOnceAndAVmWithoutAnySaysSo() {
        try (HypervisorLab lab = lab()) {
            List<DeviceIo> devices = blockIo(lab, lab.add("reading"));
            List<String> names = devices.stream().map(DeviceIo::device).toList();
            assertEquals(1, names.size(), () -> "one disk, but " + devices);
            assertFalse(names.get(0).isBlank(), "a device without a name");
            assertTrue(
                    devices.stream()
                            .allMatch(one -> one.read().bytes().orElse(-1) >= 0
                                    && one.written().bytes().orElse(-1) >= 0),
                    devices::toString);

            assertEquals(List.of(), blockIo(lab, lab.addDiskless("diskless")));
        }
    }

    private static List<DeviceIo> blockIo(HypervisorLab lab, VmId vm) {
        Sample<?> told = Samples.of(one(lab, vm, EnumSet.of(Metric.BLOCK_IO))).get(Metric.BLOCK_IO);
        return assertInstanceOf(BlockIoSample.class, told).devices();
    }

    @Test
    default void aPausedVmIsMeasuredLikeARunningOne() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("held");
            lab.pause(vm);

            assertEquals(
                    EnumSet.allOf(Metric.class),
                    Samples.of(one(lab, vm, EnumSet.allOf(Metric.class))).keySet());
        }
    }

    @Test
    default void aVmThatDoesNotRunIsGone() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("short");
            lab.stop(vm);

            assertEquals(new Gone(vm), one(lab, vm, EnumSet.allOf(Metric.class)));
        }
    }

    @Test
    default void aVmThatIsUnknownIsGone() {
        try (HypervisorLab lab = lab()) {
            VmId never = new VmId("00000000-dead-4000-8000-00000000beef");
            VmId notEvenAnId = new VmId("%s-\"no-such-vm\"");
            VmId removed = lab.add("removed");
            lab.remove(removed);

            for (VmId vm : List.of(never, notEvenAnId, removed)) {
                assertEquals(new Gone(vm), one(lab, vm, EnumSet.allOf(Metric.class)));
            }
        }
    }

    @Test
    default void samplesCarryATimeBetweenTheCallAndItsAnswer() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("stamped");
            lab.elapse(Duration.ofMillis(10));
            Moment asked = lab.time().now();
            List<Measured> answers = List.of(inRound(lab, vm), measured(one(lab, vm, EnumSet.allOf(Metric.class))));
            Moment answered = lab.time().now();

            for (Measured answer : answers) {
                for (Sample<?> sample : answer.samples()) {
                    assertFalse(asked.isAfter(sample.takenAt()), () -> sample + " is from before " + asked);
                    assertFalse(sample.takenAt().isAfter(answered), () -> sample + " is from after " + answered);
                }
            }
        }
    }

    @Test
    default void cpuNetworkAndBlockIoCountersNeverFallWithinOneIncarnation() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("steady");
            Set<Metric> counters = EnumSet.of(Metric.CPU, Metric.NETWORK, Metric.BLOCK_IO);
            Map<Metric, Sample<?>> before = new HashMap<>();
            for (int i = 0; i < 10; i++) {
                // Both ways of asking must tell of the same counters.
                for (Measured answer : List.of(inRound(lab, vm), measured(one(lab, vm, counters)))) {
                    Samples.of(answer).forEach((metric, sample) -> {
                        Sample<?> earlier = before.put(metric, sample);
                        assertTrue(
                                earlier == null || Samples.continues(sample, earlier),
                                () -> sample + " does not continue " + earlier);
                    });
                    lab.elapse(Duration.ofMillis(5));
                }
            }
        }
    }

    @Test
    default void bothWaysOfAskingNameTheIncarnationThatTheCatalogLists() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("phoenix");
            Incarnation first = Listed.incarnation(lab, vm);
            assertEquals(first, inRound(lab, vm).incarnation());

            lab.stop(vm);
            lab.start(vm);

            Incarnation second = Listed.incarnation(lab, vm);
            assertNotEquals(first, second);
            assertEquals(second, inRound(lab, vm).incarnation());
            assertEquals(second, measured(one(lab, vm, Set.of(Metric.MEMORY))).incarnation());
        }
    }

    @Test
    default void severalThreadsMayMeasureAtOnce() throws Exception {
        try (HypervisorLab lab = lab()) {
            VmId first = lab.add("first");
            VmId second = lab.add("second");
            Set<Metric> together = lab.hypervisor().meter().measuredTogether();

            Crowd.of(4, () -> {
                for (int i = 0; i < 10; i++) {
                    assertEquals(together, Samples.of(inRound(lab, first)).keySet());
                    assertEquals(
                            Set.of(Metric.MEMORY),
                            Samples.of(one(lab, second, Set.of(Metric.MEMORY))).keySet());
                }
            });
        }
    }

    private static List<Measurement> round(HypervisorLab lab) {
        VmMeter meter = lab.hypervisor().meter();
        return meter.measureAll(meter.measuredTogether());
    }

    private static Measured inRound(HypervisorLab lab, VmId vm) {
        return find(round(lab), vm);
    }

    private static Measured find(List<Measurement> round, VmId vm) {
        return measured(round.stream()
                .filter(m -> m.vm().equals(vm))
                .findAny()
                .orElseThrow(() -> new AssertionError(vm + " is missing in " + round)));
    }

    private static Measurement one(HypervisorLab lab, VmId vm, Set<Metric> metrics) {
        return lab.hypervisor().meter().measure(vm, metrics);
    }

    private static Measured measured(Measurement measurement) {
        return assertInstanceOf(Measured.class, measurement);
    }
}
