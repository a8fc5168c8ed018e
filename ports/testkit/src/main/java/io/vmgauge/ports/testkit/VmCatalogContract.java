package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.identity.VmState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link io.vmgauge.ports.outbound.VmCatalog} keeps. Its sentences on stuck VMs are in {@link
 * StuckVmContract}, those on failing in {@link OutageContract}.
 *
 * <p>Long because the port says so much: there is a test for each sentence, and nothing else.
 */
public interface VmCatalogContract {
    /** A new lab, to be closed by the caller. */
    HypervisorLab lab();

    @Test
    default void vmsOfAllStatesAreListed() {
        try (HypervisorLab lab = lab()) {
            VmId running = lab.add("running");
            VmId paused = lab.add("paused");
            VmId stopped = lab.add("stopped");
            lab.pause(paused);
            lab.stop(stopped);

            List<Vm> listed = lab.hypervisor().catalog().list();

            assertEquals(
                    VmState.RUNNING, Listed.find(listed, running).orElseThrow().state());
            assertEquals(
                    VmState.PAUSED, Listed.find(listed, paused).orElseThrow().state());
            assertEquals(
                    VmState.STOPPED, Listed.find(listed, stopped).orElseThrow().state());
        }
    }

    @Test
    default void everyVmIsListedOnce() {
        try (HypervisorLab lab = lab()) {
            lab.add("one");
            lab.stop(lab.add("two"));

            List<VmId> ids =
                    lab.hypervisor().catalog().list().stream().map(Vm::id).toList();

            assertEquals(ids.size(), new HashSet<>(ids).size(), () -> "twice in " + ids);
        }
    }

    @Test
    default void aVmHasThePlacementThatItsDefinitionSays() {
        try (HypervisorLab lab = lab()) {
            PodSandbox pod = new PodSandbox(
                    new PodSandboxId("0123456789abcdef"),
                    "shop",
                    "web-0",
                    "5f0c7d1e-0000-4000-8000-000000000001",
                    2,
                    Map.of("app", "web", "example.org/tier", "front <&> \"back\""),
                    Map.of("example.org/owner", "grüne Woche"));
            Placement placement = new Placement(pod, new ContainerId("fedcba9876543210"), "vm", 1, "debian:12");

            VmId vm = lab.add("placed", placement);

            assertEquals(placement, Listed.present(lab, vm).placement());
        }
    }

    @Test
    default void aVmHasTheDisksOfItsOwn() {
        try (HypervisorLab lab = lab()) {
            assertEquals(1, Listed.present(lab, lab.add("stored")).disks().size());
            assertEquals(
                    List.of(), Listed.present(lab, lab.addDiskless("diskless")).disks());
        }
    }

    @Test
    default void aVmThatWasMadeIsThereAtOnce() {
        try (HypervisorLab lab = lab()) {
            lab.hypervisor().catalog().list();
            VmId vm = lab.add("new");

            assertEquals(VmState.RUNNING, Listed.present(lab, vm).state());
        }
    }

    @Test
    default void aVmThatWasRemovedIsGoneAtOnce() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("doomed");
            Listed.present(lab, vm);

            lab.remove(vm);

            assertEquals(
                    Optional.empty(), Listed.find(lab.hypervisor().catalog().list(), vm));
        }
    }

    @Test
    default void aChangeOfStateIsSeenAtOnce() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("busy");

            lab.pause(vm);
            assertEquals(VmState.PAUSED, Listed.present(lab, vm).state());
            lab.resume(vm);
            assertEquals(VmState.RUNNING, Listed.present(lab, vm).state());
            lab.stop(vm);
            assertEquals(VmState.STOPPED, Listed.present(lab, vm).state());
            lab.start(vm);
            assertEquals(VmState.RUNNING, Listed.present(lab, vm).state());
        }
    }

    @Test
    default void aRestartedVmHasAnotherIncarnation() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("phoenix");
            Vm before = Listed.present(lab, vm);

            lab.stop(vm);
            lab.start(vm);

            assertNotEquals(before.incarnation(), Listed.present(lab, vm).incarnation());
        }
    }

    @Test
    default void aPauseIsNoRestart() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("sleeper");
            Vm before = Listed.present(lab, vm);

            lab.pause(vm);
            assertEquals(before.incarnation(), Listed.present(lab, vm).incarnation());
            lab.resume(vm);
            assertEquals(before.incarnation(), Listed.present(lab, vm).incarnation());
        }
    }

    /** Where nobody can tell, it is absent at every call. */
    @Test
    default void theStartThatIsToldIsPastAndStaysThroughALife() {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("veteran");
            Optional<Instant> first = Listed.present(lab, vm).started();
            assertFalse(first.orElse(Instant.EPOCH).isAfter(lab.time().now().wall()), () -> first + " is to come");

            lab.pause(vm);
            assertEquals(first, Listed.present(lab, vm).started());
            lab.resume(vm);
            lab.elapse(Duration.ofMillis(1100));
            assertEquals(first, Listed.present(lab, vm).started());
            lab.stop(vm);
            assertEquals(Optional.empty(), Listed.present(lab, vm).started());
            lab.start(vm);

            Optional<Instant> second = Listed.present(lab, vm).started();
            assertEquals(first.isPresent(), second.isPresent());
            first.ifPresent(before ->
                    assertTrue(second.orElseThrow().isAfter(before), () -> second + " is not after " + before));
        }
    }

    @Test
    default void aVmThatClaimsNonsenseIsListedWithAFallbackPlacementAndHidesNoOther() {
        try (HypervisorLab lab = lab()) {
            assertApart(lab, lab.add("good"), lab.addNonsense("nonsense"), lab.addNonsense("rubbish"));
        }
    }

    @Test
    default void aVmWhoseDefinitionCannotBeReadIsListedWithAFallbackPlacementAndHidesNoOther() {
        try (HypervisorLab lab = lab()) {
            assertApart(lab, lab.add("good"), lab.addUnreadable("unreadable"), lab.addUnreadable("illegible"));
        }
    }

    /** Each is there, and is a container and a pod of its own. */
    private static void assertApart(HypervisorLab lab, VmId... all) {
        List<Vm> listed = Stream.of(all).map(vm -> Listed.present(lab, vm)).toList();
        for (Vm vm : listed) {
            assertEquals(VmState.RUNNING, vm.state());
            assertFalse(vm.placement().sandbox().name().isEmpty());
        }
        assertEquals(
                all.length,
                listed.stream().map(vm -> vm.placement().container()).distinct().count());
        assertEquals(
                all.length,
                listed.stream()
                        .map(vm -> vm.placement().sandbox())
                        .map(pod -> pod.namespace() + "/" + pod.name())
                        .distinct()
                        .count());
        assertEquals(
                all.length,
                listed.stream()
                        .map(vm -> vm.placement().sandbox().id())
                        .distinct()
                        .count());
    }

    @Test
    default void severalThreadsMayListAtOnce() throws Exception {
        try (HypervisorLab lab = lab()) {
            VmId vm = lab.add("popular");

            Crowd.of(8, () -> Stream.generate(() -> Listed.present(lab, vm))
                    .limit(10)
                    .forEach(seen -> assertEquals(VmState.RUNNING, seen.state())));
        }
    }
}
