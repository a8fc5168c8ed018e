package io.vmgauge.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.identity.Vm;
import io.vmgauge.domain.identity.VmId;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.engine.AgentScenario;
import io.vmgauge.engine.LoggedWarnings;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VMs that claim each other's ids. The fake numbers its VMs and lists them in the order in which they were made. */
class IdArbiterTest {
    private final AgentScenario agent = new AgentScenario();

    @ParameterizedTest(name = "the thief has the lower UUID: {0}")
    @ValueSource(booleans = {true, false})
    void aVmsOwnIdIsItsOwnAtTheFirstLook(boolean lower) {
        if (lower) {
            thiefOf(next(2));
        }
        VmId victim = standalone("victim");
        if (!lower) {
            thiefOf(victim.value());
        }
        agent.roundAfter(0);
        assertEquals(List.of("victim"), pods());
        assertEquals(1, agent.sampling.vms().refusals().size());
    }

    @Test
    void aVmsOwnIdIsItsOwnEvenIfAnotherHeldItBefore() {
        thiefOf(next(2));
        agent.roundAfter(0);
        assertEquals(List.of("thief"), pods());
        standalone("victim");
        agent.roundAfter(5);
        assertEquals(List.of("victim"), pods());
    }

    @ParameterizedTest(name = "the thief has the lower UUID: {0}")
    @ValueSource(booleans = {true, false})
    void theSandboxThatIsMadeOfAVmsOwnIdIsItsOwnToo(boolean lower) {
        if (lower) {
            agent.hypervisor.add("thief", placement(PodSandboxId.madeOf(next(2)).value(), "thief", "bbb"));
            agent.roundAfter(0);
        }
        VmId victim = standalone("victim");
        if (!lower) {
            agent.hypervisor.add(
                    "thief", placement(PodSandboxId.madeOf(victim.value()).value(), "thief", "bbb"));
        }
        agent.roundAfter(5);
        assertEquals(List.of("victim"), pods());
    }

    @Test
    void whoHasASandboxOfItsOwnHasNoRightToTheContainersOfOthers() {
        agent.add("victim", "aaa");
        agent.roundAfter(0);
        String uid = next(2);
        agent.hypervisor.add("thief", placement(PodSandboxId.madeOf(uid).value(), "thief", uid, "aaa"));
        agent.roundAfter(5);
        assertEquals(List.of("victim"), pods());
    }

    @Test
    void ofTwoWhoAreNewNobodyGetsTheContainerUntilOneGivesItUp() {
        VmId one = agent.add("one", "aaa");
        agent.add("two", "aaa");
        agent.add("other", "bbb");
        agent.roundAfter(0);
        agent.roundAfter(5);
        assertEquals(List.of("other"), pods());
        assertEquals(2, agent.sampling.vms().refusals().size());
        agent.hypervisor.remove(one);
        agent.roundAfter(5);
        assertEquals(List.of("other", "two"), pods());
        assertEquals(List.of(), agent.sampling.vms().refusals());
    }

    @Test
    void ofTwoNewPodsNobodyGetsTheSandbox() {
        agent.hypervisor.add("one", placement("shared", "one", "aaa"));
        agent.hypervisor.add("two", placement("shared", "two", "bbb"));
        agent.roundAfter(0);
        assertEquals(List.of(), pods());
        assertTrue(agent.sampling.vms().refusals().get(0).why().contains("sandbox id shared"));
    }

    @Test
    void aLeftOutVmIsSaidOnce() {
        agent.add("one", "aaa");
        agent.add("two", "aaa");
        assertEquals(2, LoggedWarnings.of(Sampling.class, () -> {
            agent.roundAfter(0);
            agent.roundAfter(5);
        }));
    }

    @ParameterizedTest(name = "the joiner is listed first: {0}")
    @ValueSource(booleans = {true, false})
    void whoJoinsAPodAndIsThenRenamedPushesNobodyOut(boolean listedFirst) {
        VmId early = agent.hypervisor.add("early", placement("of-early", "early", "aaa"));
        VmId victim = agent.hypervisor.add("victim", placement("of-victim", "victim", "bbb"));
        VmId late = agent.hypervisor.add("late", placement("of-late", "late", "ccc"));
        agent.roundAfter(0);
        VmId joiner = listedFirst ? early : late;
        String container = listedFirst ? "aaa" : "ccc";
        agent.hypervisor.place(joiner, placement("of-victim", "victim", container));
        agent.roundAfter(5);
        assertEquals(2, pods().stream().filter("victim"::equals).count());
        agent.hypervisor.place(joiner, placement("of-victim", "elsewhere", container));
        agent.roundAfter(5);
        assertEquals(
                List.of("victim", listedFirst ? "late" : "early").stream()
                        .sorted()
                        .toList(),
                pods());
        assertEquals(joiner, agent.sampling.vms().refusals().get(0).vm());
        assertEquals(victim, first("of-victim").vm().id());
    }

    /** Both are known from the same round on, so that none of them is the first. */
    @ParameterizedTest(name = "the joiner is listed first: {0}")
    @ValueSource(booleans = {true, false})
    void whoHadJoinedAPodBeforeTheAgentBeganPushesNobodyOutEither(boolean listedFirst) {
        VmId one = agent.hypervisor.add("one", placement("shared", "victim", "aaa"));
        VmId two = agent.hypervisor.add("two", placement("shared", "victim", "bbb"));
        agent.roundAfter(0);
        agent.hypervisor.place(listedFirst ? one : two, placement("shared", "elsewhere", listedFirst ? "aaa" : "bbb"));
        agent.roundAfter(5);
        assertEquals(List.of("victim"), pods());
    }

    @Test
    void whoeverJoinedAPodDoesNotKeepItFromBeingRenamed() {
        VmId owner = agent.add("owner", "bbb");
        agent.roundAfter(0);
        agent.hypervisor.add("joiner", placement("sandbox-owner", "owner", "aaa"));
        agent.roundAfter(5);
        agent.hypervisor.place(owner, placement("sandbox-owner", "renamed", "bbb"));
        agent.roundAfter(5);
        assertEquals(List.of("renamed"), pods());
    }

    @Test
    void aPodsLabelsAreThoseOfTheVmThatWasThereFirst() {
        agent.add("web", "bbb");
        agent.roundAfter(0);
        agent.hypervisor.add("joiner", AgentScenario.placement("sandbox-web", "web", "aaa", Map.of("app", "forged")));
        agent.roundAfter(5);
        SandboxUsage pod = agent.queries.sandboxes(Selection.ALL).get(0);
        assertEquals(2, pod.containers().size());
        assertEquals(
                Optional.of("web"), Optional.ofNullable(pod.sandbox().labels().get("app")));
        assertEquals(
                1,
                agent.queries
                        .sandboxes(new Selection("", "", Map.of("app", "web")))
                        .size());
        assertEquals("bbb", first("sandbox-web").vm().placement().container().value());
    }

    @Test
    void whoMeetsAllAtOnceLeavesOutWhomAnAgentLeavesOutThatStarts() {
        agent.add("one", "aaa");
        agent.add("two", "aaa");
        agent.add("other", "bbb");
        List<Vm> listed = agent.hypervisor.catalog().list();
        agent.roundAfter(0);

        IdArbiter arbiter = IdArbiter.amongNew(listed);

        assertEquals(
                List.of("other"),
                arbiter.admitted().stream()
                        .map(vm -> vm.placement().sandbox().name())
                        .toList());
        assertEquals(agent.sampling.vms().refusals(), arbiter.refusals());
        assertEquals(2, arbiter.refusals().size());
    }

    @Test
    void everyAnswerAboutAPodTellsTheSameLabels() {
        agent.add("web", "bbb");
        agent.roundAfter(0);
        agent.hypervisor.add("joiner", AgentScenario.placement("sandbox-web", "web", "0", Map.of("app", "forged")));
        agent.roundAfter(5);
        assertEquals(List.of("web"), labelsOf(agent.queries.pods(Selection.ALL)));
        assertEquals("web", pod("sandbox-web").sandbox().labels().get("app"));
        assertEquals(2, agent.queries.pods(Selection.ALL).get(0).containers().size());
        assertEquals(List.of("web"), labelsOf(agent.queries.pods(new Selection("", "", Map.of("app", "web")))));
        assertEquals(List.of(), agent.queries.pods(new Selection("", "", Map.of("app", "forged"))));
        assertEquals(List.of(), agent.queries.sandboxes(new Selection("", "", Map.of("app", "forged"))));
    }

    private static List<String> labelsOf(List<KnownPod> pods) {
        return pods.stream().map(pod -> pod.sandbox().labels().get("app")).toList();
    }

    @ParameterizedTest(name = "the owner is listed first: {0}")
    @ValueSource(booleans = {true, false})
    void whoseIdAPodsUidIsMadeOfSaysItsLabelsAlsoAfterARestartOfTheAgent(boolean first) {
        String owner = next(first ? 1 : 2);
        String sandbox = PodSandboxId.madeOf(owner).value();
        for (int i = 1; i <= 2; i++) {
            boolean owns = next(i).equals(owner);
            agent.hypervisor.add(
                    owns ? "owner" : "joiner", labelled(sandbox, owner, owns ? owner : "0", owns ? "owner" : "forged"));
        }
        agent.roundAfter(0);
        assertEquals(List.of("owner"), labelsOf(agent.queries.pods(Selection.ALL)));
        assertEquals(2, agent.queries.pods(Selection.ALL).get(0).containers().size());
    }

    private static Placement labelled(String sandbox, String uid, String container, String app) {
        return new Placement(
                new PodSandbox(new PodSandboxId(sandbox), "shop", "web", uid, 0, Map.of("app", app), Map.of()),
                new ContainerId(container),
                "vm",
                0,
                "image");
    }

    private KnownVm first(String sandbox) {
        return pod(sandbox).containers().get(0);
    }

    private KnownPod pod(String sandbox) {
        if (agent.queries.findSandbox(sandbox) instanceof Lookup.Found<KnownPod> found) {
            return found.value();
        }
        throw new AssertionError("no sandbox " + sandbox);
    }

    private List<String> pods() {
        return agent.queries.containers(Selection.ALL).stream()
                .map(ContainerUsage::placement)
                .map(placement -> placement.sandbox().name())
                .sorted()
                .toList();
    }

    /** The id of the fake's VM of that number. */
    private static String next(int number) {
        return "00000000-0000-4000-8000-%012x".formatted(number);
    }

    private VmId thiefOf(String containerId) {
        return agent.hypervisor.add("thief", placement("of-thief", "thief", containerId));
    }

    /** As adapters place a VM that says nothing of pods. */
    private VmId standalone(String name) {
        VmId vm = agent.hypervisor.add(name);
        agent.hypervisor.place(vm, placement(PodSandboxId.madeOf(vm.value()).value(), name, vm.value(), vm.value()));
        return vm;
    }

    private static Placement placement(String sandboxId, String pod, String containerId) {
        return placement(sandboxId, pod, "uid-" + pod, containerId);
    }

    private static Placement placement(String sandboxId, String pod, String uid, String containerId) {
        return new Placement(
                new PodSandbox(new PodSandboxId(sandboxId), "shop", pod, uid, 0, Map.of(), Map.of()),
                new ContainerId(containerId),
                "vm",
                0,
                "image");
    }
}
