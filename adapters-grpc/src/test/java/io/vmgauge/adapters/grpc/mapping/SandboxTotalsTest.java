package io.vmgauge.adapters.grpc.mapping;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.CriProvider;
import io.vmgauge.adapters.grpc.CriScenario;
import io.vmgauge.adapters.grpc.CriSection;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.counter.CounterState;
import io.vmgauge.adapters.grpc.counter.CounterStateFile;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatsRequest;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.adapters.grpc.overlay.OverlayScenario;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.spi.Endpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CPU time of a pod with several VMs, as the real server tells it in all of its lives. */
class SandboxTotalsTest {
    private static final long MILLI = 1_000_000L;

    @TempDir
    private Path dir = Path.of("");

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final FakeQueries queries = new FakeQueries();

    @AfterEach
    void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Life implements AutoCloseable {
        private final Endpoint server =
                new CriProvider().serve(queries, CriSection.at(dir.resolve("s").toString()));
        private final ManagedChannel channel = CriScenario.connect(dir.resolve("s"), loop);
        private final RuntimeServiceBlockingStub runtime =
                RuntimeServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);

        CpuUsage cpu() {
            PodSandboxStats listed = runtime.listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())
                    .getStats(0);
            PodSandboxStats alone = runtime.podSandboxStats(PodSandboxStatsRequest.newBuilder()
                            .setPodSandboxId("pod")
                            .build())
                    .getStats();
            assertEquals(listed, alone);
            return listed.getLinux().getCpu();
        }

        long millis() {
            return cpu().getUsageCoreNanoSeconds().getValue() / MILLI;
        }

        @Override
        public void close() {
            channel.shutdownNow();
            server.close();
        }
    }

    private void vm(String name, long incarnation, double second, long millis) {
        queries.add(
                FakeQueries.placement("pod", "web", name, Map.of()),
                "vm-" + name,
                incarnation,
                VmState.RUNNING,
                OverlayScenario.cpu(second, millis * MILLI));
    }

    @Test
    void aPodKeepsWhatItsEndedVmUsed() {
        vm("a", 1, 60, 829);
        vm("b", 1, 60, 1013);
        try (Life life = new Life()) {
            assertEquals(1842, life.millis());
            queries.remove("a");
            vm("b", 1, 70, 1020);
            assertEquals(1849, life.millis());
            assertEquals(OverlayScenario.nanos(70), life.cpu().getTimestamp());
        }
        vm("b", 1, 80, 1025);
        try (Life next = new Life()) {
            assertEquals(1854, next.millis());
        }
    }

    @Test
    void aPodKeepsWhatAnEarlierLifeOfItsVmUsed() {
        vm("a", 1, 60, 829);
        vm("b", 1, 60, 1013);
        try (Life life = new Life()) {
            assertEquals(1842, life.millis());
        }
        vm("a", 2, 70, 10);
        vm("b", 1, 70, 1020);
        try (Life next = new Life()) {
            assertEquals(829 + 10 + 1020, next.millis());
        }
    }

    /** The mean of the times falls when the VM with the later time ends. */
    @Test
    void aTotalWhoseTimeIsNotNewerIsNotTold() {
        vm("a", 1, 70, 829);
        vm("b", 1, 60, 1013);
        try (Life life = new Life()) {
            CpuUsage before = life.cpu();
            queries.remove("a");
            assertEquals(before, life.cpu());
            vm("b", 1, 66, 1015);
            assertEquals(1844, life.millis());
        }
    }

    @Test
    void aPodWhoseVmsHaveAllEndedBeginsAnew() {
        vm("a", 1, 60, 829);
        vm("b", 1, 60, 1013);
        try (Life life = new Life()) {
            assertEquals(1842, life.millis());
            queries.remove("a");
            vm("b", 2, 70, 5);
            assertEquals(5, life.millis());
        }
    }

    @Test
    void aPodWithOneVmIsItsVmAndLeavesNothingBehind() {
        vm("a", 1, 60, 829);
        try (Life life = new Life()) {
            assertEquals(829, life.millis());
            vm("a", 2, 70, 5);
            assertEquals(5, life.millis());
        }
        assertFalse(Files.exists(dir.resolve("s.served")));
    }

    @Test
    void whileTheHypervisorIsSilentNothingIsForgotten() {
        vm("a", 1, 60, 829);
        vm("b", 1, 60, 1013);
        try (Life life = new Life()) {
            assertEquals(1842, life.millis());
            queries.remove("a");
            queries.remove("b");
            queries.problem("no round has finished for 30 s");
        }
        queries.problem("");
        vm("b", 1, 70, 1020);
        try (Life next = new Life()) {
            assertEquals(1849, next.millis());
        }
    }

    /** One VM goes on; others come, end and begin anew in any order, and so does vmgauge. */
    @Test
    void neitherTotalNorTimeEverFallsWhileOneVmGoesOn() {
        long seed = 20261128;
        Random random = new Random(seed);
        CpuUsage last = CpuUsage.getDefaultInstance();
        long[] counters = {5000, 0, 0};
        long[] lives = {1, 1, 1};
        boolean[] runs = {true, false, false};
        SandboxTotals totals = new SandboxTotals(queries, Map.of(), () -> {});
        CounterStateFile file = new CounterStateFile(dir.resolve("file"));
        for (int step = 1; step < 3000; step++) {
            int which = random.nextInt(3);
            if (random.nextInt(8) == 0 && which > 0) {
                runs[which] = !runs[which];
                counters[which] = 0;
                lives[which]++;
            }
            if (random.nextInt(20) == 0) {
                file.write(new CounterState.Kept(Map.of(), Map.of(), totals.kept()));
                totals = new SandboxTotals(queries, file.read().sandboxes(), () -> {});
            }
            counters[which] += random.nextInt(900);
            for (int i = 0; i < 3; i++) {
                String name = "vm" + i;
                if (!runs[i]) {
                    queries.remove(name);
                } else if (i == which || queries.findContainer(name) instanceof Lookup.Unknown<?>) {
                    vm(name, lives[i], step, counters[i]);
                }
            }
            CpuUsage now = UsageMapping.stats(queries.sandboxes(Selection.ALL).get(0), totals)
                    .getLinux()
                    .getCpu();
            String when = "seed " + seed + ", step " + step + ": " + last + " became " + now;
            assertTrue(
                    now.getUsageCoreNanoSeconds().getValue()
                            >= last.getUsageCoreNanoSeconds().getValue(),
                    when);
            assertTrue(now.getTimestamp() >= last.getTimestamp(), when);
            assertTrue(now.getTimestamp() > last.getTimestamp() || now.equals(last) || isSameValue(now, last), when);
            last = now;
        }
    }

    private static boolean isSameValue(CpuUsage one, CpuUsage other) {
        return one.getUsageCoreNanoSeconds().equals(other.getUsageCoreNanoSeconds());
    }
}
