package io.vmgauge.engine.query;

import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.ports.inbound.UsageQueries;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import io.vmgauge.ports.testkit.UsageQueriesContract;
import io.vmgauge.ports.testkit.UsageQueriesLab;
import java.util.HashMap;
import java.util.Map;

/** The engine keeps what the inbound port promises, before a fake hypervisor. */
class UsageQueryServiceContractTest implements UsageQueriesContract {
    private static final int SECONDS = 10;
    private static final long USED_NANOS = 2_000_000_000L;

    @Override
    public UsageQueriesLab lab() {
        return new AgentLab();
    }

    private static final class AgentLab implements UsageQueriesLab {
        private final AgentScenario agent = new AgentScenario();
        private final Map<String, VmId> vms = new HashMap<>();
        private final Map<VmId, Long> cpu = new HashMap<>();

        @Override
        public UsageQueries queries() {
            return agent.queries;
        }

        @Override
        public void add(Placement placement, Metric... unknown) {
            String container = placement.container().value();
            VmId vm = agent.hypervisor.add("vm of " + container, placement);
            for (Metric metric : unknown) {
                agent.hypervisor.mute(vm, metric);
            }
            vms.put(container, vm);
            cpu.put(vm, 0L);
        }

        @Override
        public void stop(String containerId) {
            VmId vm = vms.get(containerId);
            agent.hypervisor.stop(vm);
            cpu.remove(vm);
        }

        @Override
        public void round() {
            cpu.replaceAll((vm, used) -> used + USED_NANOS);
            cpu.forEach(agent.hypervisor::cpu);
            agent.roundAfter(SECONDS);
        }

        @Override
        public void hang() {
            agent.hypervisor.hold(Call.LIST, Call.MEASURE_ALL, Call.MEASURE);
            Thread round = new Thread(this::round, "hangs");
            round.setDaemon(true);
            round.start();
            agent.hypervisor.awaitWaiting(Call.LIST, 1);
        }

        @Override
        public void fail(String why) {
            agent.hypervisor.breakDown(why);
        }

        @Override
        public int wakes() {
            return agent.wakes.get();
        }

        @Override
        public void close() {
            agent.hypervisor.letGo();
        }
    }
}
