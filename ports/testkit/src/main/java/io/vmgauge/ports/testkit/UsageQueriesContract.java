package io.vmgauge.ports.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vmgauge.domain.identity.ContainerId;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.PodSandbox;
import io.vmgauge.domain.identity.PodSandboxId;
import io.vmgauge.domain.sample.Metric;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.CpuUsage;
import io.vmgauge.domain.usage.MemoryUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Lookup;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/**
 * What {@link UsageQueries} promises to readers. Long because there is a test for each sentence. That each sample is in
 * one answer only is a matter of the windows, which the engine's own tests look at.
 */
public interface UsageQueriesContract {
    /** How long any answer may take. */
    Duration PROMPTLY = Duration.ofSeconds(10);

    /** A new lab, to be closed by the caller. */
    UsageQueriesLab lab();

    @Test
    default void aContainerHasItsUsageWithoutTheNetworkOfItsPod() {
        try (UsageQueriesLab lab = webAndDb()) {
            ContainerUsage web = container(lab, "web-1");
            assertEquals("web", web.placement().sandbox().name());
            assertTrue(web.usage().cpu().isPresent());
            assertTrue(web.usage().memory().isPresent());
            assertTrue(web.usage().disk().isPresent());
            assertTrue(web.usage().blockIo().isPresent());
            assertEquals(Optional.empty(), web.usage().network());
            for (ContainerUsage each : lab.queries().containers(Selection.ALL)) {
                assertEquals(Optional.empty(), each.usage().network());
            }
        }
    }

    @Test
    default void aPodHasTheUsageOfAllItsContainersAndTheNetwork() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-web", "web", "web-2"));
            lab.round();
            SandboxUsage web = sandbox(lab, "pod-web");
            assertEquals(
                    List.of("web-1", "web-2"),
                    web.containers().stream().map(UsageQueriesContract::id).toList());
            assertTrue(web.total().network().isPresent());
            assertEquals(List.of("db", "web"), podsOf(lab.queries().sandboxes(Selection.ALL)));
        }
    }

    @Test
    default void aMetricThatIsNotKnownIsAbsent() {
        try (UsageQueriesLab lab = lab()) {
            lab.add(placement("pod-web", "web", "web-1"), Metric.MEMORY, Metric.DISK, Metric.BLOCK_IO);
            lab.round();
            Usage web = container(lab, "web-1").usage();
            assertTrue(web.cpu().isPresent());
            assertEquals(Optional.empty(), web.memory());
            assertEquals(Optional.empty(), web.disk());
            assertEquals(Optional.empty(), web.blockIo());
            assertTrue(sandbox(lab, "pod-web").total().network().isPresent());
        }
    }

    @Test
    default void memoryIsKnownOfAVmThatSaysNothingItself() {
        try (UsageQueriesLab lab = lab()) {
            lab.add(placement("pod-web", "web", "web-1"), Metric.GUEST_MEMORY);
            lab.add(placement("pod-db", "db", "db-1"));
            lab.round();
            MemoryUsage web = container(lab, "web-1").usage().memory().orElseThrow();
            assertTrue(web.residentBytes() > 0);
            assertEquals(OptionalLong.empty(), web.balloonBytes());
            assertEquals(Optional.empty(), web.guest());
            assertTrue(container(lab, "db-1")
                    .usage()
                    .memory()
                    .orElseThrow()
                    .balloonBytes()
                    .isPresent());
        }
    }

    @Test
    default void onlyRunningContainersHaveAUsageAndAllAreFound() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.stop("web-1");
            lab.round();
            assertInstanceOf(Lookup.NotRunning.class, lab.queries().container("web-1"));
            assertInstanceOf(Lookup.NotRunning.class, lab.queries().sandbox("pod-web"));
            assertEquals(List.of("db-1"), containers(lab, Selection.ALL));
            assertEquals(List.of("db"), podsOf(lab.queries().sandboxes(Selection.ALL)));
            assertEquals("web-1", id(found(lab.queries().findContainer("web-1"))));
            assertEquals(
                    1, found(lab.queries().findSandbox("pod-web")).containers().size());
            assertEquals(List.of("db-1", "web-1"), inventory(lab, Selection.ALL));
            assertEquals(List.of("db", "web"), pods(lab, Selection.ALL));
        }
    }

    @Test
    default void aPodHasAUsageAsLongAsOneOfItsContainersRuns() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-web", "web", "web-2"));
            lab.round();
            lab.stop("web-1");
            lab.round();
            assertEquals(
                    List.of("web-2"),
                    sandbox(lab, "pod-web").containers().stream()
                            .map(UsageQueriesContract::id)
                            .toList());
            assertEquals(
                    2, found(lab.queries().findSandbox("pod-web")).containers().size());
        }
    }

    @Test
    default void anIdMayBeShortenedToAPrefixThatFitsOneOnly() {
        try (UsageQueriesLab lab = webAndDb()) {
            assertEquals("web-1", id(container(lab, "w")));
            assertEquals("web", sandbox(lab, "pod-w").sandbox().name());
            assertEquals("web-1", id(found(lab.queries().findContainer("we"))));
            assertEquals(
                    "web", found(lab.queries().findSandbox("pod-we")).sandbox().name());
            assertEquals(List.of("web-1"), containers(lab, selection("w", "")));
            assertEquals(List.of("web-1"), inventory(lab, selection("", "pod-w")));
            assertEquals(List.of("web"), pods(lab, selection("", "pod-w")));
            assertEquals(List.of("web"), podsOf(lab.queries().sandboxes(selection("", "pod-w"))));
        }
    }

    @Test
    default void anIdThatFitsWholeWinsOverLongerOnes() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-w", "short", "web"));
            lab.round();
            assertEquals("web", id(container(lab, "web")));
            assertEquals("short", sandbox(lab, "pod-w").sandbox().name());
            assertEquals(List.of("web"), inventory(lab, selection("web", "")));
            assertEquals(List.of("short"), pods(lab, selection("", "pod-w")));
            assertEquals(List.of("short"), podsOf(lab.queries().sandboxes(selection("", "pod-w"))));
        }
    }

    @Test
    default void anIdThatFitsSeveralIsInvalidAndSelectsNothing() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-web", "web", "web-2"));
            lab.round();
            assertInstanceOf(Lookup.Invalid.class, lab.queries().container("web"));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().findContainer("web"));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().sandbox("pod"));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().findSandbox("pod"));
            assertEquals(List.of(), containers(lab, selection("web", "")));
            assertEquals(List.of(), inventory(lab, selection("", "pod")));
            assertEquals(List.of(), pods(lab, selection("", "pod")));
            assertEquals(List.of(), lab.queries().sandboxes(selection("", "pod")));
        }
    }

    @Test
    default void anEmptyIdIsInvalidAndSelectsEverything() {
        try (UsageQueriesLab lab = webAndDb()) {
            assertInstanceOf(Lookup.Invalid.class, lab.queries().container(""));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().findContainer(""));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().sandbox(""));
            assertInstanceOf(Lookup.Invalid.class, lab.queries().findSandbox(""));
            assertEquals(2, lab.queries().containers(selection("", "")).size());
        }
    }

    @Test
    default void anIdThatFitsNoneIsUnknownAndSelectsNothing() {
        try (UsageQueriesLab lab = webAndDb()) {
            assertInstanceOf(Lookup.Unknown.class, lab.queries().container("x"));
            assertInstanceOf(Lookup.Unknown.class, lab.queries().findContainer("x"));
            assertInstanceOf(Lookup.Unknown.class, lab.queries().sandbox("x"));
            assertInstanceOf(Lookup.Unknown.class, lab.queries().findSandbox("x"));
            assertEquals(List.of(), containers(lab, selection("x", "")));
            assertEquals(List.of(), inventory(lab, selection("", "x")));
            assertEquals(List.of(), pods(lab, selection("", "x")));
        }
    }

    @Test
    default void allPartsOfASelectionApply() {
        try (UsageQueriesLab lab = webAndDb()) {
            Map<String, String> web = Map.of("app", "web");
            assertEquals(List.of("web-1"), containers(lab, new Selection("", "", web)));
            assertEquals(List.of("web-1"), inventory(lab, new Selection("web-1", "pod-web", web)));
            assertEquals(List.of(), inventory(lab, new Selection("db-1", "", web)));
            assertEquals(List.of(), containers(lab, selection("db-1", "pod-web")));
            assertEquals(List.of("web"), pods(lab, new Selection("", "", web)));
            assertEquals(List.of(), pods(lab, new Selection("", "pod-db", web)));
            assertEquals(List.of(), lab.queries().sandboxes(new Selection("", "pod-db", web)));
            assertEquals(List.of(), pods(lab, new Selection("", "", Map.of("app", "we"))));
        }
    }

    @Test
    default void theIdOfAContainerIsIgnoredWhenPodsAreSelected() {
        try (UsageQueriesLab lab = webAndDb()) {
            assertEquals(List.of("db", "web"), pods(lab, selection("web-1", "")));
            assertEquals(List.of("db", "web"), podsOf(lab.queries().sandboxes(selection("web-1", ""))));
        }
    }

    /** Whoever joins a pod has no say in its labels. */
    @Test
    default void everyAnswerAboutAPodTellsTheLabelsOfItsFirstVm() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-web", "web", "a-joiner", Map.of("app", "forged")));
            lab.round();
            PodSandbox first = sandbox(lab, "pod-web").sandbox();
            assertEquals("web", first.labels().get("app"));
            assertEquals(first, found(lab.queries().findSandbox("pod-web")).sandbox());
            assertEquals(List.of("web"), pods(lab, new Selection("", "", Map.of("app", "web"))));
            assertEquals(List.of(), pods(lab, new Selection("", "", Map.of("app", "forged"))));
        }
    }

    @Test
    default void withoutANewSampleTheLastAnswerIsGivenAgain() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.round();
            ContainerUsage first = container(lab, "web-1");
            assertEquals(first, container(lab, "web-1"));
            lab.round();
            CpuUsage before = first.usage().cpu().orElseThrow();
            CpuUsage after = container(lab, "web-1").usage().cpu().orElseThrow();
            assertTrue(after.timestamp().isAfter(before.timestamp()), "the time has moved");
            assertTrue(after.usageNanos() > before.usageNanos(), "the counter has grown");
        }
    }

    @Test
    default void theUsageQuestionsWakeARound() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.queries().container("web-1");
            assertEquals(1, lab.wakes());
            lab.queries().containers(Selection.ALL);
            assertEquals(2, lab.wakes());
            lab.queries().sandbox("pod-web");
            assertEquals(3, lab.wakes());
            lab.queries().sandboxes(Selection.ALL);
            assertEquals(4, lab.wakes());
        }
    }

    @Test
    default void theOtherQuestionsTakeNothingAndWakeNothing() {
        try (UsageQueriesLab lab = webAndDb();
                UsageQueriesLab unasked = webAndDb()) {
            askAllButUsage(lab.queries());
            lab.round();
            unasked.round();
            askAllButUsage(lab.queries());
            assertEquals(0, lab.wakes());
            assertEquals(container(unasked, "web-1"), container(lab, "web-1"));
        }
    }

    @Test
    default void listsHaveAStableOrder() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.add(placement("pod-a", "a", "z-1"));
            lab.round();
            assertEquals(List.of("db-1", "web-1", "z-1"), inventory(lab, Selection.ALL));
            assertEquals(List.of("db-1", "web-1", "z-1"), containers(lab, Selection.ALL));
            assertEquals(List.of("a", "db", "web"), pods(lab, Selection.ALL));
            assertEquals(List.of("a", "db", "web"), podsOf(lab.queries().sandboxes(Selection.ALL)));
        }
    }

    @Test
    default void noAnswerWaitsForTheHypervisor() {
        try (UsageQueriesLab lab = webAndDb()) {
            lab.hang();
            assertTimeoutPreemptively(PROMPTLY, () -> {
                assertEquals(2, lab.queries().containers(Selection.ALL).size());
                assertEquals(2, lab.queries().sandboxes(Selection.ALL).size());
                container(lab, "web-1");
                sandbox(lab, "pod-web");
                askAllButUsage(lab.queries());
            });
        }
    }

    @Test
    default void anyNumberOfThreadsMayAskAtOnce() throws Exception {
        try (UsageQueriesLab lab = webAndDb()) {
            Crowd.of(8, () -> {
                assertEquals(2, lab.queries().containers(Selection.ALL).size());
                assertEquals("web-1", id(container(lab, "web-1")));
                assertEquals("web", sandbox(lab, "pod-web").sandbox().name());
                askAllButUsage(lab.queries());
            });
        }
    }

    @Test
    default void theStatusTellsHowManyRunAndWhyNothingCanBeMeasured() {
        try (UsageQueriesLab lab = webAndDb()) {
            assertFalse(lab.queries().status().version().isBlank());
            assertEquals(2, lab.queries().status().runningVms());
            assertEquals(Optional.empty(), lab.queries().status().problem());
            lab.fail("the daemon is down");
            lab.round();
            String problem = lab.queries().status().problem().orElseThrow();
            assertTrue(problem.endsWith("the daemon is down"), problem);
        }
    }

    /** A lab with two pods of one container each, both measured. */
    private UsageQueriesLab webAndDb() {
        UsageQueriesLab lab = lab();
        lab.add(placement("pod-web", "web", "web-1"));
        lab.add(placement("pod-db", "db", "db-1"));
        lab.round();
        return lab;
    }

    private static void askAllButUsage(UsageQueries queries) {
        queries.findContainer("web-1");
        queries.findSandbox("pod-web");
        queries.inventory(Selection.ALL);
        queries.pods(Selection.ALL);
        queries.status();
    }

    private static ContainerUsage container(UsageQueriesLab lab, String id) {
        return found(lab.queries().container(id));
    }

    private static SandboxUsage sandbox(UsageQueriesLab lab, String id) {
        return found(lab.queries().sandbox(id));
    }

    private static List<String> containers(UsageQueriesLab lab, Selection selection) {
        return lab.queries().containers(selection).stream()
                .map(UsageQueriesContract::id)
                .toList();
    }

    private static List<String> inventory(UsageQueriesLab lab, Selection selection) {
        return lab.queries().inventory(selection).stream()
                .map(UsageQueriesContract::id)
                .toList();
    }

    private static List<String> pods(UsageQueriesLab lab, Selection selection) {
        return lab.queries().pods(selection).stream()
                .map(KnownPod::sandbox)
                .map(PodSandbox::name)
                .toList();
    }

    private static List<String> podsOf(List<SandboxUsage> usages) {
        return usages.stream().map(usage -> usage.sandbox().name()).toList();
    }

    private static String id(ContainerUsage usage) {
        return usage.placement().container().value();
    }

    private static String id(KnownVm known) {
        return known.vm().placement().container().value();
    }

    private static <T> T found(Lookup<T> lookup) {
        if (lookup instanceof Lookup.Found<T> found) {
            return found.value();
        }
        throw new AssertionError("not found: " + lookup);
    }

    private static Selection selection(String containerId, String sandboxId) {
        return new Selection(containerId, sandboxId, Map.of());
    }

    private static Placement placement(String sandboxId, String pod, String containerId) {
        return placement(sandboxId, pod, containerId, Map.of("app", pod));
    }

    private static Placement placement(String sandboxId, String pod, String containerId, Map<String, String> labels) {
        return new Placement(
                new PodSandbox(new PodSandboxId(sandboxId), "shop", pod, "uid-" + pod, 0, labels, Map.of()),
                new ContainerId(containerId),
                "vm",
                0,
                "image");
    }
}
