package io.vmgauge.adapters.libvirt;

import io.vmgauge.adapters.libvirt.connection.Connection;
import io.vmgauge.adapters.libvirt.domain.DomainHandle;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.ports.spi.Hypervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.libvirt.Connect;
import org.libvirt.Domain;

/**
 * How long our rounds take, beside {@code virsh domstats} asking for the same. Prints and judges nothing.
 *
 * <pre>
 * ./mvnw -pl adapters-libvirt -am test -Dtest=RoundBenchmark -Dsurefire.failIfNoSpecifiedTests=false \
 *     -Dtest.excluded= -Ddomains=300
 * </pre>
 *
 * <p>{@code domains} idle QEMU domains are made (default 50); with {@code libvirt.uri} those of a running daemon are used
 * instead, and no QEMU is stopped. {@code rounds} (default 11) is how often each side runs, in turns.
 *
 * <p>Long, since each of the three questions needs its own setting.
 */
@Tag("benchmark")
public class RoundBenchmark {
    private static final int ROUNDS = Integer.getInteger("rounds", 11);
    private static final int DOMAINS = Integer.getInteger("domains", 50);
    private static final int WORKERS = 4;
    private static final Set<Metric> QUICK = EnumSet.of(Metric.CPU, Metric.NETWORK);

    @Test
    void onQemu() throws Exception {
        String uri = System.getProperty("libvirt.uri");
        if (uri == null) {
            PrivateLibvirtd.get().idle(DOMAINS, 1);
            uri = PrivateLibvirtd.get().uri();
        }
        try (Hypervisor hypervisor = RealTime.open(uri)) {
            List<Vm> vms = hypervisor.catalog().list();
            say("%d QEMU domains, %d rounds each, in turns; medians".formatted(vms.size(), ROUNDS));
            compareQuick(hypervisor, uri, "CPU + network");
            compareAll(hypervisor, uri, vms);
            throughLibvirtJava(hypervisor, uri);
            if (System.getProperty("libvirt.uri") == null) {
                withOneStuck(hypervisor, uri, vms.get(0));
            }
        }
    }

    private static void compareQuick(Hypervisor hypervisor, String uri, String what) {
        compare(
                what,
                () -> timed(() -> hypervisor.meter().measureAll(QUICK)),
                () -> virsh(uri, "--cpu-total", "--interface", "--nowait"));
    }

    private static void compareAll(Hypervisor hypervisor, String uri, List<Vm> vms) {
        compare(
                "CPU + network + memory + block, " + WORKERS + " workers",
                () -> timed(() -> everything(hypervisor, uri, vms)),
                () -> virsh(uri, "--cpu-total", "--interface", "--balloon", "--block", "--nowait"));
    }

    /** The idle domains share a read-only disk, which is nobody's own, so QEMU is asked for its size here: the dearest way to it. */
    private static void everything(Hypervisor hypervisor, String uri, List<Vm> vms) throws Exception {
        var left = new ConcurrentLinkedQueue<>(vms);
        var workers = Executors.newFixedThreadPool(WORKERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                all.add(workers.submit(() -> {
                    Connection disks = Connection.open(
                            ConfigSettings.parsed("uri = \"" + uri + "\"").connection());
                    for (Vm vm = left.poll(); vm != null; vm = left.poll()) {
                        hypervisor
                                .meter()
                                .measure(vm.id(), EnumSet.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.DISK));
                        try (DomainHandle domain = disks.lookup(vm.id().value()).orElseThrow()) {
                            domain.blocks(true);
                        }
                    }
                    return disks.close();
                }));
            }
            hypervisor.meter().measureAll(QUICK);
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            workers.shutdownNow();
        }
    }

    /** Why the calls of a round do not go through libvirt-java's structures: the same CPU and memory calls, one by one. */
    private static void throughLibvirtJava(Hypervisor hypervisor, String uri) throws Exception {
        Connect connect = new Connect(uri, true);
        long[] cpu = new long[ROUNDS];
        long[] memory = new long[ROUNDS];
        long[] ours = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            cpu[i] = timed(() -> {
                for (Domain domain : connect.listAllDomains(1)) {
                    domain.getUUIDString();
                    domain.getID();
                    domain.getCPUStats(-1, 1);
                    domain.free();
                }
            });
            ours[i] = timed(() -> hypervisor.meter().measureAll(Set.of(Metric.CPU)));
            memory[i] = timed(() -> {
                for (Domain domain : connect.listAllDomains(1)) {
                    domain.memoryStats(16);
                    domain.free();
                }
            });
        }
        say("  through libvirt-java: CPU alone %.1f ms (ours %.1f), memory alone (one worker) %.1f ms"
                .formatted(ms(cpu), ms(ours), ms(memory)));
        connect.close();
    }

    private static void withOneStuck(Hypervisor hypervisor, String uri, Vm stuck) {
        long qemu = PrivateLibvirtd.get().qemu(stuck.name()).orElseThrow();
        PrivateLibvirtd.signal("STOP", qemu);
        Thread asking = new Thread(() -> hypervisor.meter().measure(stuck.id(), Set.of(Metric.GUEST_MEMORY)));
        asking.setDaemon(true);
        asking.start();
        try {
            RealTime.elapse(Duration.ofMillis(500));
            compareQuick(hypervisor, uri, "CPU + network with one QEMU stopped and being asked");
        } finally {
            PrivateLibvirtd.signal("CONT", qemu);
        }
    }

    @Test
    void onTheTestDriver(@TempDir Path dir) throws IOException {
        for (int domains : List.of(1000, 2000, 5000)) {
            Path node = dir.resolve(domains + ".xml");
            Files.writeString(node, PrivateLibvirtd.node(domains));
            try (Hypervisor hypervisor = RealTime.open("test://" + node)) {
                long first = timed(() -> hypervisor.catalog().list());
                long[] lists = new long[ROUNDS];
                long[] rounds = new long[ROUNDS];
                long[] monitors = new long[ROUNDS];
                VmId[] vms = hypervisor.catalog().list().stream().map(Vm::id).toArray(VmId[]::new);
                for (int i = 0; i < ROUNDS; i++) {
                    lists[i] = timed(() -> hypervisor.catalog().list());
                    rounds[i] = timed(() -> hypervisor.meter().measureAll(QUICK));
                    monitors[i] = timed(() -> {
                        for (VmId vm : vms) {
                            hypervisor.meter().measure(vm, Set.of(Metric.MEMORY, Metric.GUEST_MEMORY, Metric.DISK));
                        }
                    });
                }
                say(
                        "test driver, %d domains: first list %.0f ms; then list %.1f, CPU + network %.1f, memory + disk %.1f ms"
                                .formatted(domains, first / 1e6, ms(lists), ms(rounds), ms(monitors)));
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void compare(String what, LongSupplier ours, LongSupplier theirs) {
        long[] our = new long[ROUNDS];
        long[] their = new long[ROUNDS];
        long warmUp = ours.getAsLong();
        for (int i = 0; i < ROUNDS; i++) {
            our[i] = ours.getAsLong();
            their[i] = theirs.getAsLong();
        }
        say("  %s: %.1f ms (first %.1f), virsh domstats %.1f ms, ratio %.2f"
                .formatted(what, ms(our), warmUp / 1e6, ms(their), ms(our) / ms(their)));
    }

    private static long virsh(String uri, String... groups) {
        List<String> command = new ArrayList<>(List.of("virsh", "-c", uri, "domstats"));
        command.addAll(List.of(groups));
        return timed(() -> {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (process.waitFor() != 0) {
                throw new AssertionError(command + " failed");
            }
        });
    }

    private static long timed(Work work) {
        long start = System.nanoTime();
        try {
            work.run();
        } catch (Exception e) {
            throw new AssertionError("the benchmark failed", e);
        }
        return System.nanoTime() - start;
    }

    private static double ms(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2] / 1e6;
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
