package io.vmgauge.adapters.grpc;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.testkit.UsageQueriesContract;
import io.vmgauge.ports.testkit.UsageQueriesLab;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The fake answers as the engine does, so that the server is tested against the truth. */
class FakeQueriesContractTest implements UsageQueriesContract {
    private static final int SECONDS = 10;
    private static final long USED_NANOS = 2_000_000_000L;

    @Override
    public UsageQueriesLab lab() {
        return new FakeLab();
    }

    private static final class FakeLab implements UsageQueriesLab {
        /** A VM as the next round will find it. */
        private record Machine(Placement placement, VmState state, Set<Metric> unknown) {}

        private final FakeQueries queries = new FakeQueries();
        private final Map<String, Machine> machines = new LinkedHashMap<>();
        private Optional<String> failure = Optional.empty();
        private int rounds;

        @Override
        public UsageQueries queries() {
            return queries;
        }

        @Override
        public void add(Placement placement, Metric... unknown) {
            machines.put(placement.container().value(), new Machine(placement, VmState.RUNNING, Set.of(unknown)));
        }

        @Override
        public void stop(String containerId) {
            machines.computeIfPresent(
                    containerId, (id, before) -> new Machine(before.placement, VmState.STOPPED, before.unknown));
        }

        @Override
        public void round() {
            failure.ifPresentOrElse(queries::problem, this::measure);
        }

        private void measure() {
            rounds++;
            Instant at = FakeQueries.SEEN.plusSeconds((long) SECONDS * rounds);
            Usage full = FakeQueries.usage(at, USED_NANOS * rounds);
            for (Machine machine : machines.values()) {
                queries.add(machine.placement, machine.state, without(full, machine.unknown));
            }
        }

        private static Usage without(Usage full, Set<Metric> unknown) {
            return new Usage(
                    full.cpu().filter(value -> !unknown.contains(Metric.CPU)),
                    full.memory()
                            .filter(value -> !unknown.contains(Metric.MEMORY))
                            .map(value -> unknown.contains(Metric.GUEST_MEMORY) ? withoutGuest(value) : value),
                    full.network().filter(value -> !unknown.contains(Metric.NETWORK)),
                    full.disk().filter(value -> !unknown.contains(Metric.DISK)),
                    full.blockIo().filter(value -> !unknown.contains(Metric.BLOCK_IO)));
        }

        private static MemoryUsage withoutGuest(MemoryUsage full) {
            return new MemoryUsage(
                    full.timestamp(),
                    full.workingSetBytes(),
                    OptionalLong.empty(),
                    full.usageBytes(),
                    full.residentBytes(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Optional.empty());
        }

        /** Nothing that the fake does can wait for anything. */
        @Override
        public void hang() {}

        @Override
        public void fail(String why) {
            failure = Optional.of(why);
        }

        @Override
        public int wakes() {
            return queries.wakes();
        }

        @Override
        public void close() {}
    }
}
