package io.vmgauge.adapters.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.HypervisorException;
import io.vmgauge.ports.outbound.Measurement;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the ports' contracts do not say and yet must hold when libvirtd or QEMU misbehaves. */
class HardTimesTest {
    @Test
    void aFrozenDaemonEndsCallsInAFewSecondsAndIsFoundAgain() {
        PrivateLibvirtd libvirtd = PrivateLibvirtd.get();
        try (QemuLab lab = new QemuLab()) {
            VmId vm = lab.add("patient");
            lab.hypervisor().catalog().list();
            long pid = libvirtd.pid();
            PrivateLibvirtd.signal("STOP", pid);
            try {
                assertTimeoutPreemptively(
                        Duration.ofSeconds(15),
                        () -> assertThrows(
                                HypervisorException.class,
                                () -> lab.hypervisor().catalog().list()));
            } finally {
                PrivateLibvirtd.signal("CONT", pid);
            }
            assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
                while (true) {
                    try {
                        assertTrue(lab.hypervisor().catalog().list().stream().anyMatch(v -> v.id().equals(vm)));
                        return;
                    } catch (HypervisorException stillBackingOff) {
                        RealTime.elapse(Duration.ofMillis(50));
                    }
                }
            });
        }
    }

    @Test
    void whenStuckVmsHoldAllConnectionsFurtherCallsFailAtOnceAndOnlyThose() throws Exception {
        try (QemuLab lab = new QemuLab();
                Hypervisor small = RealTime.open(PrivateLibvirtd.get().uri(), "connections = 2")) {
            VmId other = lab.add("other");
            List<VmId> stuck = List.of(lab.add("stuck-a"), lab.add("stuck-b"));
            List<FutureTask<Measurement>> calls = new ArrayList<>();
            for (VmId vm : stuck) {
                lab.stick(vm);
                calls.add(asking(small, vm));
            }

            HypervisorException full = assertTimeoutPreemptively(
                    Duration.ofSeconds(2),
                    () -> assertThrows(
                            HypervisorException.class, () -> small.meter().measure(other, Set.of(Metric.MEMORY))));
            assertTrue(String.valueOf(full.getMessage()).startsWith("all 2 connections"), full::getMessage);
            assertTrue(small.catalog().list().size() >= 3, "the quick lane has connections of its own");
            assertTrue(small.meter().measureAll(Set.of(Metric.CPU)).size() >= 3, "and so has the round");

            stuck.forEach(lab::release);
            for (FutureTask<Measurement> call : calls) {
                assertInstanceOf(Measured.class, call.get(5, TimeUnit.SECONDS));
            }
            assertInstanceOf(Measured.class, small.meter().measure(other, Set.of(Metric.MEMORY)));
        }
    }

    @Test
    void closingUnderAStuckCallWaitsForNobodyBreaksNothingAndLeavesNoSocket() throws Exception {
        try (QemuLab lab = new QemuLab()) {
            VmId stuck = lab.add("stuck");
            long sockets = sockets();
            Hypervisor closing = RealTime.open(PrivateLibvirtd.get().uri());
            lab.stick(stuck);
            FutureTask<Measurement> call = asking(closing, stuck);

            assertTimeoutPreemptively(Duration.ofSeconds(2), closing::close);
            lab.release(stuck);

            assertInstanceOf(Measured.class, call.get(5, TimeUnit.SECONDS));
            awaitSockets(sockets);
        }
    }

    @Test
    void aDaemonThatIsNotThereIsSaidInOneLineWithACure() {
        String uri = "qemu:///system?socket=/nowhere/libvirt-sock-ro";
        try (Hypervisor hypervisor = RealTime.open(uri)) {
            String message = String.valueOf(assertThrows(
                            HypervisorException.class, () -> hypervisor.meter().measureAll(Set.of(Metric.CPU)))
                    .getMessage());

            assertTrue(message.contains(uri) && message.contains("is libvirtd running"), message);
        }
    }

    /** libvirt's event loop has to let go of a closed connection too, and it takes a rest now and then. */
    private static void awaitSockets(long expected) throws IOException {
        for (int i = 0; i < 200 && sockets() != expected; i++) {
            RealTime.elapse(Duration.ofMillis(100));
        }
        assertEquals(expected, sockets());
    }

    private static long sockets() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).toString().startsWith("socket:");
                        } catch (IOException closedMeanwhile) {
                            return false;
                        }
                    })
                    .count();
        }
    }

    /** A call that is under way and waits. */
    private static FutureTask<Measurement> asking(Hypervisor hypervisor, VmId stuck) {
        FutureTask<Measurement> call = new FutureTask<>(() -> hypervisor.meter().measure(stuck, Set.of(Metric.MEMORY)));
        Thread thread = new Thread(call);
        thread.setDaemon(true);
        thread.start();
        assertThrows(TimeoutException.class, () -> call.get(500, TimeUnit.MILLISECONDS));
        return call;
    }
}
