package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.relay.UpstreamStatus;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the relay promises of one call: that it is the same call on either side. */
class RelayTest extends RelayFixture {
    // Neither protobuf nor text.
    private static final byte[] WORDS = "\u00ff\u0000words".getBytes(StandardCharsets.ISO_8859_1);

    @ParameterizedTest
    @ValueSource(strings = {ECHO, "runtime.v1.RuntimeService/RunPodSandbox", "grpc.health.v1.Health/Check", "a/b"})
    void aCallOfAnyServiceGoesThroughByteForByte(String method) {
        relay.runtime.answer(method, request -> request);
        for (int size : new int[] {0, 1, 1000, 200 << 10}) {
            byte[] message = new byte[size];
            new Random(size).nextBytes(message);
            assertArrayEquals(message, RawCalls.unary(relay.through, method, message));
        }
    }

    @Test
    void metadataTravelsBothWays() {
        Metadata answered = new Metadata();
        answered.put(FakeRuntime.ASCII, "headers");
        Metadata trailers = new Metadata();
        trailers.put(FakeRuntime.BINARY, WORDS);
        relay.runtime.on(ECHO, (call, headers) -> {
            call.sendHeaders(answered);
            call.sendMessage(WORDS);
            call.close(Status.OK, trailers);
            return relay.runtime.new Listener();
        });
        Metadata sent = new Metadata();
        sent.put(FakeRuntime.ASCII, "x".repeat(20_000));
        sent.put(FakeRuntime.BINARY, WORDS);

        TappedCall call = new TappedCall(relay.through, ECHO, sent, CallOptions.DEFAULT)
                .takeAll()
                .send(WORDS);

        assertEquals(Status.Code.OK, call.code());
        assertArrayEquals(WORDS, call.next());
        assertEquals("headers", call.headers.get(0).get(FakeRuntime.ASCII));
        assertArrayEquals(WORDS, call.ended().trailers().get(FakeRuntime.BINARY));
        assertEquals("x".repeat(20_000), relay.runtime.headers.get(FakeRuntime.ASCII));
        assertArrayEquals(WORDS, relay.runtime.headers.get(FakeRuntime.BINARY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NOT_FOUND", "UNIMPLEMENTED", "UNAVAILABLE", "UNKNOWN", "RESOURCE_EXHAUSTED"})
    void aRefusalKeepsItsCodeWordsDetailsAndTrailersAndIsNotTriedAgain(String code) {
        Metadata trailers = new Metadata();
        Metadata.Key<byte[]> details = Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
        trailers.put(details, WORDS);
        trailers.put(FakeRuntime.ASCII, "y".repeat(20_000));
        Status refusal = Status.fromCode(Status.Code.valueOf(code)).withDescription("grüne \"Woche\"\n%");
        relay.runtime.refuse(ECHO, refusal, trailers);
        int before = relay.runtime.calls.get();

        TappedCall.Ended ended =
                new TappedCall(relay.through, ECHO).takeAll().send(WORDS).ended();

        assertEquals(refusal.getCode(), ended.status().getCode());
        assertEquals(refusal.getDescription(), ended.status().getDescription());
        assertArrayEquals(WORDS, ended.trailers().get(details));
        assertEquals("y".repeat(20_000), ended.trailers().get(FakeRuntime.ASCII));
        assertEquals(before + 1, relay.runtime.calls.get());
    }

    @Test
    void ourOwnLackOfMemoryIsNotTakenForTheRuntimesWords() {
        Status ours = Status.fromThrowable(new OutOfMemoryError("direct"));
        Status runtimes = Status.UNKNOWN.withDescription("direct");

        assertEquals(Status.Code.RESOURCE_EXHAUSTED, told(ours).getCode());
        assertEquals(runtimes, told(runtimes));
    }

    /** gRPC's own words for a connection that ended while a call was on its way into it, too rare to be provoked. */
    @Test
    void aRuntimeThatHangsUpOnACallThatBeginsIsUnavailable() {
        Status ours = Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());
        Status runtimes = Status.UNKNOWN.withDescription("channel closed");

        assertEquals(Status.Code.UNAVAILABLE, told(ours).getCode());
        assertEquals(runtimes, told(runtimes));
    }

    /** A caller knows vmgauge's socket only. Once and again: also while the connection is looked for. */
    @Test
    void whoeverCallsWhileTheRuntimeIsGoneLearnsWhereItShouldBe() {
        relay.runtime.stop();

        for (TappedCall call : List.of(
                new TappedCall(relay.through, ECHO).takeAll().send(WORDS),
                new TappedCall(relay.through, ECHO).takeAll().send(WORDS))) {
            Status status = call.ended().status();
            assertEquals(Status.Code.UNAVAILABLE, status.getCode());
            String words = String.valueOf(status.getDescription());
            String beginning = "cannot reach the container runtime at unix://" + relay.runtime.socket + ": ";
            assertTrue(words.startsWith(beginning) && words.endsWith("; is it running?"), words);
            assertFalse(words.contains("\n") || words.contains("io exception"), words);
        }
    }

    /** gRPC's own words for the end of a connection under a call; and for a stream that a runtime has reset, which is there. */
    @Test
    void aConnectionThatEndsUnderACallIsToldLikewiseButNotAStream() {
        Status ours = Status.UNAVAILABLE.withDescription("Network closed for unknown reason");
        Status runtimes =
                Status.UNAVAILABLE.withDescription("RST_STREAM closed stream. HTTP/2 error code: REFUSED_STREAM");

        assertEquals(
                "cannot reach the container runtime: Network closed for unknown reason; is it running?",
                told(ours).getDescription());
        assertEquals(runtimes, told(runtimes));
    }

    private static Status told(Status status) {
        return new UpstreamStatus("the container runtime").told(status);
    }

    @Test
    void aMethodThatTheRuntimeLacksIsUnimplementedInTheRuntimesOwnWords() {
        Status direct =
                new TappedCall(relay.direct, ECHO).takeAll().send(WORDS).ended().status();
        Status through = new TappedCall(relay.through, ECHO)
                .takeAll()
                .send(WORDS)
                .ended()
                .status();

        assertEquals(Status.Code.UNIMPLEMENTED, through.getCode());
        assertEquals(direct.getDescription(), through.getDescription());
    }

    @Test
    void theCallersDeadlineReachesTheRuntimeAndNoneIsAdded() {
        relay.runtime.answer(ECHO, request -> request);

        RawCalls.unary(relay.through, ECHO, WORDS);
        assertEquals(Optional.empty(), relay.runtime.deadlineMillis);

        new TappedCall(relay.through, ECHO, new Metadata(), CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS))
                .takeAll()
                .send(WORDS)
                .ended();
        long left = relay.runtime.deadlineMillis.orElseThrow();
        assertTrue(left > 40_000 && left <= 60_000, left + " ms");
    }

    @Test
    void aDeadlineThatPassesEndsTheCallOnBothSides() {
        relay.runtime.silence(ECHO);

        TappedCall call = new TappedCall(
                        relay.through,
                        ECHO,
                        new Metadata(),
                        CallOptions.DEFAULT.withDeadlineAfter(200, TimeUnit.MILLISECONDS))
                .takeAll()
                .send(WORDS);

        assertEquals(Status.Code.DEADLINE_EXCEEDED, call.code());
        RelayScenario.eventually("the runtime is told", () -> relay.runtime.cancelled.get() == 1);
    }

    @Test
    void aCallerThatGivesUpIsGivenUpAtTheRuntime() {
        relay.runtime.silence(ECHO);
        TappedCall call = new TappedCall(relay.through, ECHO).takeAll().send(WORDS);
        RelayScenario.eventually("it has begun", () -> relay.runtime.calls.get() == 2);

        call.call.cancel("enough", null);

        RelayScenario.eventually("the runtime is told", () -> relay.runtime.cancelled.get() == 1);
    }

    @Test
    void aCallerThatDiesIsGivenUpAtTheRuntime() {
        relay.runtime.silence(ECHO);
        new TappedCall(relay.through, ECHO).takeAll().send(WORDS);
        RelayScenario.eventually("it has begun", () -> relay.runtime.calls.get() == 2);

        relay.through.shutdownNow();

        RelayScenario.eventually("the runtime is told", () -> relay.runtime.cancelled.get() == 1);
    }
}
