package io.vmgauge.engine.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.testkit.FakeHypervisor.Call;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class UsageQueryServiceTest {
    private static final long SECOND = 1_000_000_000L;

    private final AgentScenario agent = new AgentScenario();
    private final VmId web = agent.add("web", "aaa111");
    private final VmId db = agent.add("db", "aaa222");

    @Test
    void aContainerIsServedWithWhatItsVmUses() {
        agent.roundAfter(0);
        agent.hypervisor.cpu(web, 5 * SECOND);
        agent.hypervisor.memory(web, 4096);
        agent.hypervisor.disk(web, 512);
        agent.roundAfter(5);
        Usage usage = usage("aaa111");
        assertEquals(OptionalLong.of(SECOND), usage.cpu().orElseThrow().nanoCores());
        assertEquals(4096, usage.memory().orElseThrow().workingSetBytes());
        assertEquals(512, usage.disk().orElseThrow().usedBytes());
    }

    @Test
    void aContainersReaderLeavesTheNetworkToThePods() {
        agent.roundAfter(0);
        assertEquals(Optional.empty(), usage("aaa111").network());
        assertTrue(sandbox("sandbox-web").total().network().isPresent());
    }

    @Test
    void aUniquePrefixIsEnough() {
        agent.roundAfter(0);
        assertInstanceOf(Lookup.Found.class, agent.queries.container("aaa1"));
        assertInstanceOf(Lookup.Found.class, agent.queries.sandbox("sandbox-w"));
        assertEquals(
                1, agent.queries.containers(new Selection("aaa1", "", Map.of())).size());
    }

    @Test
    void anIdThatFitsWholeWinsOverLongerOnes() {
        agent.add("aa", "aaa");
        agent.roundAfter(0);
        Lookup.Found<?> found = assertInstanceOf(Lookup.Found.class, agent.queries.container("aaa"));
        assertEquals(
                "aa", ((ContainerUsage) found.value()).placement().sandbox().name());
    }

    @Test
    void anAmbiguousOrEmptyIdIsRefusedAndSelectsNothing() {
        agent.roundAfter(0);
        assertInstanceOf(Lookup.Invalid.class, agent.queries.container("aaa"));
        assertInstanceOf(Lookup.Invalid.class, agent.queries.container(""));
        assertInstanceOf(Lookup.Invalid.class, agent.queries.sandbox("sandbox-"));
        assertInstanceOf(Lookup.Invalid.class, agent.queries.findContainer("aaa"));
        assertInstanceOf(Lookup.Invalid.class, agent.queries.findSandbox(""));
        assertEquals(List.of(), agent.queries.containers(new Selection("aaa", "", Map.of())));
    }

    @Test
    void anUnknownIdIsUnknownAndSelectsNothing() {
        agent.roundAfter(0);
        assertInstanceOf(Lookup.Unknown.class, agent.queries.container("b"));
        assertInstanceOf(Lookup.Unknown.class, agent.queries.sandbox("b"));
        assertInstanceOf(Lookup.Unknown.class, agent.queries.findContainer("b"));
        assertEquals(List.of(), agent.queries.sandboxes(new Selection("", "b", Map.of())));
    }

    @Test
    void aStoppedVmIsKnownButHasNoUsage() {
        agent.roundAfter(0);
        agent.hypervisor.stop(web);
        agent.roundAfter(5);
        assertInstanceOf(Lookup.NotRunning.class, agent.queries.container("aaa111"));
        assertInstanceOf(Lookup.NotRunning.class, agent.queries.sandbox("sandbox-web"));
        assertInstanceOf(Lookup.Found.class, agent.queries.findContainer("aaa111"));
        assertEquals(List.of("db"), podsOf(agent.queries.containers(Selection.ALL)));
        assertEquals(1, agent.queries.sandboxes(Selection.ALL).size());
        assertEquals(2, agent.queries.inventory(Selection.ALL).size());
    }

    @Test
    void aPausedVmIsListedAndItsRateIsZero() {
        agent.roundAfter(0);
        agent.hypervisor.pause(web);
        agent.roundAfter(5);
        assertEquals(OptionalLong.of(0), usage("aaa111").cpu().orElseThrow().nanoCores());
    }

    @Test
    void allPartsOfASelectionMustApply() {
        agent.roundAfter(0);
        assertEquals(List.of("db"), select("", "", Map.of("app", "db")));
        assertEquals(List.of("web"), select("", "sandbox-web", Map.of("app", "web")));
        assertEquals(List.of(), select("aaa222", "sandbox-web", Map.of()));
        assertEquals(List.of(), select("aaa222", "", Map.of("app", "web")));
        assertEquals(List.of("db"), select("", "", Map.of("io.kubernetes.pod.name", "db")));
        assertEquals(
                1,
                agent.queries
                        .sandboxes(new Selection("", "", Map.of("app", "db")))
                        .size());
        assertEquals(
                0,
                agent.queries
                        .sandboxes(new Selection("", "sandbox-web", Map.of("app", "db")))
                        .size());
    }

    @Test
    void twoContainersOfOnePodAreServedAndAddedUp() {
        agent.hypervisor.add("web-side", AgentScenario.placement("sandbox-web", "web", "bbb", Map.of("app", "web")));
        agent.roundAfter(0);
        SandboxUsage pod = sandbox("sandbox-web");
        assertEquals(2, pod.containers().size());
        assertEquals(
                2 * pod.containers().get(0).usage().memory().orElseThrow().residentBytes(),
                pod.total().memory().orElseThrow().residentBytes());
    }

    @Test
    void usageQuestionsWakeARoundAndOthersDoNot() {
        agent.roundAfter(0);
        agent.queries.inventory(Selection.ALL);
        agent.queries.findContainer("aaa111");
        agent.queries.findSandbox("sandbox-web");
        agent.queries.status();
        assertEquals(0, agent.wakes.get());
        agent.queries.container("aaa111");
        agent.queries.containers(Selection.ALL);
        agent.queries.sandbox("sandbox-web");
        agent.queries.sandboxes(Selection.ALL);
        assertEquals(4, agent.wakes.get());
    }

    @Test
    void anAnswerNeverWaitsForAHangingHypervisor() {
        agent.roundAfter(0);
        agent.hypervisor.hold(Call.LIST, Call.MEASURE_ALL, Call.MEASURE);
        Thread round = new Thread(() -> agent.sampling.round(AgentScenario.QUICK));
        round.start();
        agent.hypervisor.awaitWaiting(Call.LIST, 1);
        assertEquals(2, agent.queries.containers(Selection.ALL).size());
        agent.hypervisor.letGo();
    }

    @Test
    void aSilentVmKeepsItsOldTimestampAndIsThenAbsent() {
        agent.roundAfter(0);
        Usage fresh = usage("aaa111");
        agent.hypervisor.mute(web, Metric.CPU);
        agent.roundAfter(300);
        assertEquals(fresh.cpu(), usage("aaa111").cpu());
        agent.roundAfter(301);
        assertEquals(Optional.empty(), usage("aaa111").cpu());
        assertTrue(usage("aaa111").memory().isPresent());
        assertTrue(usage("aaa222").cpu().isPresent());
    }

    @Test
    void theStatusTellsVersionTroubleAndWhoIsStuck() {
        assertTrue(agent.queries.status().problem().isPresent());
        agent.roundAfter(0);
        assertEquals(Optional.empty(), agent.queries.status().problem());
        assertEquals(2, agent.queries.status().runningVms());
        assertEquals(List.of("shop/db-0"), agent.queries.status().unresponsiveVms());
        assertEquals("1.2.3", agent.queries.status().version());
        agent.hypervisor.breakDown("cannot reach libvirt");
        agent.roundAfter(5);
        assertEquals(
                Optional.of("the list of VMs is stale: cannot reach libvirt"),
                agent.queries.status().problem());
    }

    /** Nothing fails then, and nothing is said: only the time tells. */
    @Test
    void aRoundThatHangsIsAProblemAfterAWhile() {
        agent.roundAfter(0);
        agent.time.advance(AgentScenario.SILENCE);
        assertEquals(Optional.empty(), agent.queries.status().problem());
        agent.time.advance(Duration.ofSeconds(1));
        assertEquals(
                Optional.of("no round has finished for 26 s"),
                agent.queries.status().problem());
        agent.roundAfter(0);
        assertEquals(Optional.empty(), agent.queries.status().problem());
    }

    @Test
    void asCrictlTwoReadersInTurnBothSeeTimeMove() {
        agent.roundAfter(0);
        Usage first = usage("aaa222");
        agent.hypervisor.cpu(db, SECOND / 2);
        agent.roundAfter(1);
        Usage second = usage("aaa222");
        Duration moved = Duration.between(
                first.cpu().orElseThrow().timestamp(),
                second.cpu().orElseThrow().timestamp());
        assertEquals(Duration.ofSeconds(1), moved);
        assertEquals(OptionalLong.of(SECOND / 2), second.cpu().orElseThrow().nanoCores());
    }

    private Usage usage(String containerId) {
        Lookup.Found<?> found = assertInstanceOf(Lookup.Found.class, agent.queries.container(containerId));
        return ((ContainerUsage) found.value()).usage();
    }

    private SandboxUsage sandbox(String id) {
        return (SandboxUsage)
                assertInstanceOf(Lookup.Found.class, agent.queries.sandbox(id)).value();
    }

    private List<String> select(String container, String sandbox, Map<String, String> labels) {
        return podsOf(agent.queries.containers(new Selection(container, sandbox, labels)));
    }

    private static List<String> podsOf(List<ContainerUsage> containers) {
        return containers.stream().map(c -> c.placement().sandbox().name()).toList();
    }
}
