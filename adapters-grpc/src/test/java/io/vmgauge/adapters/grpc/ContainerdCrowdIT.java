package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Callers of a real containerd through the relay notice nothing of each other and leave nothing behind. The streams are
 * of containerd's own events: Debian's containerd does not have CRI's yet, and the relay cannot tell them apart.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerdCrowdIT {
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final String SUBSCRIBE = "containerd.services.events.v1.Events/Subscribe";
    private static final byte[] NOTHING = {};
    private static final List<String> READING = List.of(
            RUNTIME + "ContainerStatus",
            RUNTIME + "ListContainers",
            RUNTIME + "PodSandboxStatus",
            RUNTIME + "ListPodSandbox",
            RUNTIME + "ContainerStats",
            RUNTIME + "PodSandboxStats",
            RUNTIME + "Status",
            RUNTIME + "Version",
            RUNTIME + "NoSuchCall",
            "runtime.v1.ImageService/ImageStatus",
            "runtime.v1.ImageService/ListImages",
            "containerd.services.containers.v1.Containers/Get",
            "no.such.Service/Call");

    private final ContainerdScenario scenario = ContainerdScenario.bare();
    private final ManagedChannel through = scenario.through;
    private final ManagedChannel direct = scenario.direct;
    private final PodCalls pods = scenario.pods;

    @AfterAll
    void close() {
        scenario.close();
    }

    /** Twice, since the first time also makes what stays for good. */
    @Test
    void eightCallersSeeNothingWorseThanUnavailableWhileContainerdDiesAndReturnsAndNothingIsLeft() throws Exception {
        Wire pod = pods.pod("web-1");
        String sandbox = pods.run(pod);
        dieAndReturnUnderEightCallers();
        Footprint before = Footprint.now();
        dieAndReturnUnderEightCallers();
        Footprint.isBackTo(before);
        pods.remove(sandbox);
    }

    private void dieAndReturnUnderEightCallers() throws InterruptedException {
        Map<Status.Code, Status> seen = new ConcurrentHashMap<>();
        try (SteadyCallers eight = new SteadyCallers(8, () -> {
            Status status = new TappedCall(through, RUNTIME + "ListPodSandbox")
                    .takeAll()
                    .send(NOTHING)
                    .ended()
                    .status();
            // containerd itself answers UNKNOWN between the opening of its socket and the end of its start.
            if (!"server is not initialized yet".equals(status.getDescription())) {
                seen.put(status.getCode(), status);
            }
        })) {
            RelayScenario.eventually("calls succeed", () -> seen.containsKey(Status.Code.OK));
            scenario.containerd.kill();
            RelayScenario.eventually("calls fail", () -> seen.containsKey(Status.Code.UNAVAILABLE));
            scenario.containerd.start();
            // start() returns when containerd answers: from here on it may take a second.
            TimeUnit.SECONDS.sleep(1);
            assertEquals(
                    Status.Code.OK,
                    new TappedCall(through, RUNTIME + "Version")
                            .takeAll()
                            .send(NOTHING)
                            .code());
            int calls = eight.calls();
            RelayScenario.eventually("all call on", () -> eight.calls() > calls + 8);
        }
        assertEquals(EnumSet.of(Status.Code.OK, Status.Code.UNAVAILABLE), seen.keySet(), seen::toString);
    }

    /** Twice, as above. More than all windows together can hold, so the slow reader's stream does stand still. */
    @Test
    void aSlowReaderOfContainerdsEventsHoldsUpNobodyMissesNothingAndLeavesNothing() {
        readSlowly();
        Footprint before = Footprint.now();
        readSlowly();
        Footprint.isBackTo(before);
    }

    private void readSlowly() {
        TappedCall slow = subscribe();
        TappedCall quick = subscribe().takeAll();
        slow.call.request(1);
        RelayScenario.eventually("both are subscribed", () -> {
            publish("/hello", 1);
            RelayScenario.pause();
            return !slow.messages.isEmpty() && !quick.messages.isEmpty();
        });
        for (int i = 0; i < 60; i++) {
            publish("/large/" + i, 256 << 10);
        }

        assertEquals("/large/59", last(quick));
        assertArrayEquals(
                RawCalls.unary(direct, RUNTIME + "Version", NOTHING),
                RawCalls.unary(through, RUNTIME + "Version", NOTHING));
        assertEquals(1, slow.messages.size());
        slow.takeAll();
        for (int i = 0; i < 60; i++) {
            assertEquals("/large/" + i, large(slow));
        }
        slow.call.cancel("enough", null);
        quick.call.cancel("enough", null);
    }

    private static String last(TappedCall reader) {
        for (int i = 0; i < 59; i++) {
            large(reader);
        }
        return large(reader);
    }

    /** The next event of that kind: pods of other tests make some, too. */
    private static String large(TappedCall reader) {
        String topic;
        do {
            topic = Wire.text(reader.next(), 3);
        } while (!topic.startsWith("/large/"));
        return topic;
    }

    private void publish(String topic, int size) {
        Metadata namespace = new Metadata();
        namespace.put(Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER), "vmgauge.test");
        Wire event = Wire.message().with(1, "vmgauge.test/event").with(2, "x".repeat(size));
        TappedCall call =
                new TappedCall(through, "containerd.services.events.v1.Events/Publish", namespace, CallOptions.DEFAULT);
        assertEquals(
                Status.Code.OK,
                call.takeAll()
                        .send(Wire.message().with(1, topic).with(2, event).bytes())
                        .code());
    }

    @Test
    void anAnswerOf20MiBIsTheSameAsWithoutTheRelayAndLeavesNothing() {
        String container = startPod("large");
        // containerd cuts each of them at 16 MiB.
        byte[] request = shell(
                        container,
                        "head -c 10485760 /dev/zero | tr '\\0' a; head -c 10485760 /dev/zero | tr '\\0' b >&2")
                .bytes();
        readLarge(request);
        Footprint before = Footprint.now();
        readLarge(request);
        Footprint.isBackTo(before);
    }

    private void readLarge(byte[] request) {
        byte[] answer = RawCalls.unary(through, RUNTIME + "ExecSync", request);

        assertTrue(answer.length > 20 << 20, answer.length + " bytes");
        assertTrue(Arrays.equals(RawCalls.unary(direct, RUNTIME + "ExecSync", request), answer));
        assertEquals(
                ByteString.copyFromUtf8("a".repeat(10 << 20)),
                Wire.all(answer, 1).get(0));
        assertEquals(
                ByteString.copyFromUtf8("b".repeat(10 << 20)),
                Wire.all(answer, 2).get(0));
    }

    /** The only container of a new pod, which runs; all pods end with containerd. */
    private String startPod(String name) {
        Wire pod = pods.pod(name);
        String container = pods.create(pods.run(pod), PodCalls.container(name), pod);
        pods.call("StartContainer", Wire.message().with(1, container));
        return container;
    }

    private static Wire shell(String container, String command) {
        return Wire.message()
                .with(1, container)
                .with(2, "/bin/sh")
                .with(2, "-c")
                .with(2, command);
    }

    @Test
    void twoHundredStreamsOfContainerdsEventsAllSeeWhatHappensAndLeaveNothing() {
        subscribe(200);
        Footprint before = Footprint.now();
        subscribe(200);
        Footprint.isBackTo(before);
    }

    private void subscribe(int times) {
        List<TappedCall> streams =
                Stream.generate(() -> subscribe().takeAll()).limit(times).toList();
        RelayScenario.eventually("all are subscribed", () -> {
            publish("/hello", 1);
            RelayScenario.pause();
            return streams.stream().noneMatch(stream -> stream.messages.isEmpty());
        });
        for (int i = 0; i < 5; i++) {
            publish("/large/" + i, 1000);
        }
        for (TappedCall stream : streams) {
            for (int i = 0; i < 5; i++) {
                assertEquals("/large/" + i, large(stream));
            }
        }
        streams.forEach(stream -> stream.call.cancel("enough", null));
        streams.forEach(stream -> assertEquals(Status.Code.CANCELLED, stream.code()));
    }

    private TappedCall subscribe() {
        return new TappedCall(through, SUBSCRIBE).send(NOTHING);
    }

    @Test
    void callsThatTheirCallersGiveUpEndAtContainerdAndLeaveNothing() {
        String container = startPod("given-up");
        giveUp(container, 10);
        Footprint before = Footprint.now();
        giveUp(container, 30);
        Footprint.isBackTo(before);
        assertArrayEquals(
                RawCalls.unary(direct, RUNTIME + "Version", NOTHING),
                RawCalls.unary(through, RUNTIME + "Version", NOTHING));
    }

    private void giveUp(String container, int times) {
        for (int i = 0; i < times; i++) {
            TappedCall stream = subscribe().takeAll();
            RelayScenario.eventually("it is subscribed", () -> {
                publish("/hello", 1);
                return !stream.messages.isEmpty();
            });
            stream.call.cancel("enough", null);
            assertEquals(Status.Code.CANCELLED, stream.code());
        }
        // A number that no other process has for an argument.
        String seconds = "543216789";
        TappedCall exec = new TappedCall(through, RUNTIME + "ExecSync")
                .takeAll()
                // The second, for containerd forgets to end, also of direct calls, what has only just begun. The end of
                // the line tells the shell from what it becomes.
                .send(shell(container, "sleep 1; exec sleep " + seconds + " #").bytes());
        RelayScenario.eventually("the command runs", () -> isRunning(seconds));
        exec.call.cancel("enough", null);
        RelayScenario.eventually("containerd has ended the command", () -> !isRunning(seconds));
    }

    private static boolean isRunning(String argument) {
        return ProcessHandle.allProcesses()
                .anyMatch(process -> process.info().commandLine().orElse("").endsWith(argument));
    }

    /** Only calls that change nothing: a body may name, by its beginning, a pod of another test. */
    @Test
    void requestsOfGarbageAreRefusedInContainerdsOwnWords() {
        long seed = 20261127;
        System.out.println("requests made with seed " + seed);
        Random random = new Random(seed);
        Mutation mutation = new Mutation(random);
        byte[] request = Wire.message().with(1, "some-id").with(2, 1).bytes();
        Map<Status.Code, Integer> seen = new EnumMap<>(Status.Code.class);
        for (int i = 0; i < 2000; i++) {
            String method = READING.get(i % READING.size());
            byte[] body = mutation.of(request);
            TappedCall one = new TappedCall(direct, method).takeAll().send(body);
            TappedCall other = new TappedCall(through, method).takeAll().send(body);
            Status expected = one.ended().status();
            assertEquals(
                    expected.getCode(),
                    other.code(),
                    () -> method + " " + HexFormat.of().formatHex(body));
            assertEquals(expected.getDescription(), other.ended().status().getDescription());
            seen.merge(expected.getCode(), 1, Integer::sum);
        }
        System.out.println("containerd said: " + seen);
        assertTrue(seen.size() > 3, seen::toString);
    }

    @Test
    void byteStringsOfGarbageOnTheSocketNeverReachItsOtherCallers() throws IOException {
        String container = startPod("steady");
        try (SteadyCallers other = new SteadyCallers(
                1,
                () -> assertEquals(
                        "heard\n",
                        Wire.text(
                                RawCalls.unary(
                                        through,
                                        RUNTIME + "ExecSync",
                                        shell(container, "echo heard").bytes()),
                                1)))) {
            Garbage.pour(scenario.socket, 10_000, 20261128);
            RelayScenario.eventually("calls of somebody else", () -> other.calls() > 3);
        }
        ManagedChannel newcomer = RelayScenario.connect(scenario.socket, scenario.loop());
        assertArrayEquals(
                RawCalls.unary(direct, RUNTIME + "Version", NOTHING),
                RawCalls.unary(newcomer, RUNTIME + "Version", NOTHING));
        newcomer.shutdownNow();
    }
}
