package io.vmgauge.adapters.libvirt;

import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.outbound.Measurement.Measured;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How long a round of CPU, host memory and network takes that asks only the kernel, beside {@code virsh domstats} asking
 * libvirtd for the same, and while libvirtd or some QEMUs are stopped. Prints and judges nothing.
 *
 * <pre>
 * ./mvnw -pl adapters-libvirt -am test -Dtest=KernelRoundBenchmark -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dtest.excluded= -Dtest.jvm= -Ddomains=300
 * </pre>
 *
 * <p>{@code domains} idle QEMU domains are made (default 50). {@code rounds} (default 11) is how often each side runs, in
 * turns.
 */
@Tag("benchmark")
public class KernelRoundBenchmark {
    private static final int ROUNDS = Integer.getInteger("rounds", 11);
    private static final int DOMAINS = Integer.getInteger("domains", 50);
    private static final Set<Metric> TOLD = EnumSet.of(Metric.CPU, Metric.MEMORY, Metric.NETWORK);
    /** So many rounds an agent has made after some minutes: by then its code is compiled. */
    private static final int WARM_UP = 60;

    @Test
    void onQemu() throws Exception {
        PrivateLibvirtd libvirtd = PrivateLibvirtd.get();
        libvirtd.idle(DOMAINS, 1);
        try (Hypervisor hypervisor = RealTime.open(libvirtd.uri())) {
            List<Vm> vms = hypervisor.catalog().list();
            hypervisor.meter().measureAll(TOLD);
            for (int i = 0; i < WARM_UP; i++) {
                round(hypervisor);
            }
            say("%d QEMU domains, %d rounds each, in turns; medians".formatted(vms.size(), ROUNDS));
            say("  told by the kernel of %d".formatted(complete(hypervisor)));
            double usual = compare(hypervisor, libvirtd.uri());
            long daemon = libvirtd.pid();
            PrivateLibvirtd.signal("STOP", daemon);
            try {
                say("  libvirtd stopped: %.2f times that".formatted(alone(hypervisor) / usual));
            } finally {
                PrivateLibvirtd.signal("CONT", daemon);
            }
            List<Vm> five = vms.subList(0, Math.min(5, vms.size()));
            five.forEach(vm -> signal(libvirtd, "STOP", vm));
            try {
                say("  %d QEMUs stopped: %.2f times that".formatted(five.size(), alone(hypervisor) / usual));
            } finally {
                five.forEach(vm -> signal(libvirtd, "CONT", vm));
            }
        }
    }

    private static void signal(PrivateLibvirtd libvirtd, String name, Vm vm) {
        PrivateLibvirtd.signal(name, libvirtd.qemu(vm.name()).orElseThrow());
    }

    /** Of how many VMs all is told. */
    private static long complete(Hypervisor hypervisor) {
        return hypervisor.meter().measureFromKernel(TOLD).stream()
                .map(Measured::samples)
                .filter(samples -> samples.size() == TOLD.size())
                .count();
    }

    /** In milliseconds. */
    private static double compare(Hypervisor hypervisor, String uri) {
        long[] ours = new long[ROUNDS];
        long[] theirs = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            ours[i] = round(hypervisor);
            theirs[i] = virsh(uri);
        }
        say("  CPU + memory + network from the kernel: %.2f ms, virsh domstats %.1f ms, ratio %.3f"
                .formatted(median(ours), median(theirs), median(ours) / median(theirs)));
        return median(ours);
    }

    private static double alone(Hypervisor hypervisor) {
        long[] ours = new long[ROUNDS];
        Arrays.setAll(ours, i -> round(hypervisor));
        return median(ours);
    }

    private static long round(Hypervisor hypervisor) {
        return timed(() -> hypervisor.meter().measureFromKernel(TOLD));
    }

    private static long virsh(String uri) {
        List<String> command =
                List.of("virsh", "-c", uri, "domstats", "--cpu-total", "--balloon", "--interface", "--nowait");
        return timed(() -> {
            try {
                Process process = new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                if (process.waitFor() != 0) {
                    throw new AssertionError(command + " failed");
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(command + " failed", e);
            }
        });
    }

    private static long timed(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    private static double median(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2] / 1e6;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
