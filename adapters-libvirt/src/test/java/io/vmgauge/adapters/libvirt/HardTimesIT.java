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
class HardTimesIT {
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

    /** How many calls there are at once is their caller's to say: monitor.workers and monitor.max-abandoned. */
    @Test
    void howeverManyCallsAreStuckTheNextOneHasAConnection() throws Exception {
        try (QemuLab lab = new QemuLab()) {
            VmId other = lab.add("other");
            VmId stuck = lab.add("stuck");
            lab.stick(stuck);
            List<FutureTask<Measurement>> calls = new ArrayList<>();
            // More than there ever were by default, and fewer than libvirtd's 20 workers.
            for (int i = 0; i < 16; i++) {
                calls.add(ask(lab.hypervisor(), stuck));
            }
            assertThrows(TimeoutException.class, () -> calls.get(15).get(1, TimeUnit.SECONDS));

            assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
                assertInstanceOf(
                        Measured.class,
                        lab.hypervisor().meter().measure(other, Set.of(Metric.MEMORY, Metric.GUEST_MEMORY)));
                assertTrue(lab.hypervisor().catalog().list().size() >= 2);
                assertTrue(
                        lab.hypervisor().meter().measureAll(Set.of(Metric.CPU)).size() >= 2);
            });

            lab.release(stuck);
            for (FutureTask<Measurement> call : calls) {
                assertInstanceOf(Measured.class, call.get(5, TimeUnit.SECONDS));
            }
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
        FutureTask<Measurement> call = ask(hypervisor, stuck);
        assertThrows(TimeoutException.class, () -> call.get(500, TimeUnit.MILLISECONDS));
        return call;
    }

    private static FutureTask<Measurement> ask(Hypervisor hypervisor, VmId vm) {
        FutureTask<Measurement> call =
                new FutureTask<>(() -> hypervisor.meter().measure(vm, Set.of(Metric.GUEST_MEMORY)));
        Thread thread = new Thread(call);
        thread.setDaemon(true);
        thread.start();
        return call;
    }
}
