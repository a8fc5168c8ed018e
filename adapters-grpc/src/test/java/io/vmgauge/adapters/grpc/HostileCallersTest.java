package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.vmgauge.adapters.grpc.cri.ContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.adapters.grpc.socket.InboundBytesLimiter;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Garbage, crowds, and requests that never end. */
class HostileCallersTest extends HostileCallersFixture {
    /** Of one byte each. */
    private static final int MOST_PIECES = GrpcServers.MOST_REQUEST_BYTES / InboundBytesLimiter.PIECE_BYTES;

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense", "\0\0\0\0", ""})
    void bytesThatAreNotHttp2DoNoHarm(String bytes) throws IOException {
        try (SocketChannel caller = SocketChannel.open(UnixDomainSocketAddress.of(cri.socket))) {
            caller.write(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)));
            servesOn();
        }
        servesOn();
    }

    @Test
    void fiftyThousandByteStringsOfGarbageOnTheSocketDoNoHarm() throws IOException {
        try (SteadyCallers other = new SteadyCallers(1, this::answers)) {
            Garbage.pour(cri.socket, 50_000, 20261123);
            assertTrue(other.calls() > 100, other.calls() + " calls of somebody else");
        }
        newcomersAreServed();
    }

    private void answers() {
        assertEquals(
                1,
                RuntimeServiceGrpc.newBlockingStub(cri.channel)
                        .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                        .getStatsCount());
    }

    private void newcomersAreServed() {
        ManagedChannel newcomer = cri.connect();
        try {
            assertEquals(
                    "vmgauge",
                    RuntimeServiceGrpc.newBlockingStub(newcomer)
                            .version(VersionRequest.getDefaultInstance())
                            .getRuntimeName());
        } finally {
            newcomer.shutdownNow();
        }
    }

    @Test
    void tenThousandBodiesOfGarbageAreAnsweredOrRefusedAsWhatTheyAre() {
        Random random = new Random(20261126);
        List<String> methods = RuntimeServiceGrpc.getServiceDescriptor().getMethods().stream()
                .map(MethodDescriptor::getFullMethodName)
                .toList();
        Map<Status.Code, Integer> seen = new EnumMap<>(Status.Code.class);
        for (int i = 0; i < 10_000; i++) {
            byte[] body = new byte[random.nextInt(40)];
            random.nextBytes(body);
            seen.merge(
                    new TappedCall(cri.channel, methods.get(i % methods.size()))
                            .takeAll()
                            .send(body)
                            .code(),
                    1,
                    Integer::sum);
        }
        assertTrue(seen.getOrDefault(Status.Code.INVALID_ARGUMENT, 0) > 5_000, seen::toString);
        assertTrue(
                EnumSet.of(
                                Status.Code.OK,
                                Status.Code.INVALID_ARGUMENT,
                                Status.Code.NOT_FOUND,
                                Status.Code.UNIMPLEMENTED)
                        .containsAll(seen.keySet()),
                seen::toString);
    }

    /** 64 requests announce sixty thousand bytes each and send one at a time, which costs a hundred in memory. */
    @Test
    void requestsThatNeverEndAreRefusedBeforeTheyHoldMuchTogetherAndHonestOnesAreNot() throws Exception {
        try (SteadyCallers other = new SteadyCallers(1, this::answers);
                EndlessRequests one = new EndlessRequests(cri.socket);
                EndlessRequests two = new EndlessRequests(cri.socket)) {
            one.begin(32);
            two.begin(32);
            int pieces = 64;
            while (one.refused.get() + two.refused.get() == 0 && pieces < 2 * MOST_PIECES) {
                one.goOn(32);
                two.goOn(32);
                one.settle();
                two.settle();
                pieces += 64;
            }
            assertTrue(one.refused.get() + two.refused.get() > 0, "none is refused");
            // A refusal may still be on its way while the next pieces are sent.
            assertTrue(pieces <= MOST_PIECES + 128, pieces + " pieces were taken of " + MOST_PIECES);
            assertTrue(pieces >= MOST_PIECES / 2, "refused already after " + pieces + " of " + MOST_PIECES);
            int before = other.calls();
            RelayScenario.eventually("honest calls go on", () -> other.calls() > before + 10);
        }
        // What they held is free again: this comes in several pieces, too.
        String large = "x".repeat(50_000);
        RelayScenario.eventually("large requests are read", () -> {
            Status.Code code = new TappedCall(cri.channel, "runtime.v1.RuntimeService/ContainerStats")
                    .takeAll()
                    .send(ContainerStatsRequest.newBuilder()
                            .setContainerId(large)
                            .build()
                            .toByteArray())
                    .code();
            return code == Status.Code.NOT_FOUND;
        });
    }

    /** Twenty connections with 32 requests each, of which only the first piece ever comes. */
    @Test
    void theFirstPiecesOfRequestsThatNeverEndCountToo() throws Exception {
        int most = GrpcServers.MOST_REQUEST_BYTES / (EndlessRequests.LARGEST_PIECE + InboundBytesLimiter.PIECE_BYTES);
        List<EndlessRequests> all = new ArrayList<>();
        try (CriScenario roomy = new CriScenario()) {
            for (int i = 0; i < 20; i++) {
                EndlessRequests some = new EndlessRequests(roomy.socket);
                all.add(some);
                some.begin(32, EndlessRequests.LARGEST_PIECE);
                some.settle();
            }
            RelayScenario.eventually(
                    "no more than " + most + " are held",
                    () -> all.stream().mapToInt(one -> one.refused.get()).sum() >= 20 * 32 - most - 1);
            assertTrue(
                    all.stream().mapToInt(one -> one.refused.get()).sum() < 20 * 32 - most / 2,
                    "more are refused than need be");
            // It comes in one piece.
            assertEquals(
                    "vmgauge",
                    roomy.runtime.version(VersionRequest.getDefaultInstance()).getRuntimeName());
            refused(
                    Status.Code.NOT_FOUND,
                    () -> roomy.runtime.containerStats(ContainerStatsRequest.newBuilder()
                            .setContainerId("x".repeat(1000))
                            .build()));
        } finally {
            for (EndlessRequests one : all) {
                one.close();
            }
        }
    }

    @Test
    void hundredsOfCallsAtOnceAreAllAnswered() throws Exception {
        List<ListenableFuture<ListContainerStatsResponse>> calls = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            calls.add(RuntimeServiceGrpc.newFutureStub(cri.channel)
                    .listContainerStats(ListContainerStatsRequest.getDefaultInstance()));
        }
        for (ListenableFuture<ListContainerStatsResponse> call : calls) {
            assertEquals(1, call.get().getStatsCount());
        }
    }

    @Test
    void moreCallersThanThereArePlacesAreTurnedAwayUntilOneLeaves() throws Exception {
        servesOn();
        SocketChannel second = SocketChannel.open(UnixDomainSocketAddress.of(cri.socket));
        SocketChannel third = SocketChannel.open(UnixDomainSocketAddress.of(cri.socket));
        ManagedChannel fourth = cri.connect();
        try {
            refused(Status.Code.UNAVAILABLE, () -> RuntimeServiceGrpc.newBlockingStub(fourth)
                    .version(VersionRequest.getDefaultInstance()));
            servesOn();

            second.close();
            third.close();
            fourth.resetConnectBackoff();
            assertEquals(
                    "vmgauge",
                    RuntimeServiceGrpc.newBlockingStub(fourth)
                            .withWaitForReady()
                            .version(VersionRequest.getDefaultInstance())
                            .getRuntimeName());
        } finally {
            second.close();
            third.close();
            fourth.shutdownNow();
        }
    }

    @Test
    void closingEndsOpenCallsWithinTwoSeconds() throws IOException {
        var watched = HealthGrpc.newBlockingStub(cri.channel).watch(HealthCheckRequest.getDefaultInstance());
        watched.next();
        try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(cri.socket))) {
            assertTimeout(Duration.ofSeconds(2), cri.endpoint::close);
            assertTrue(silent.isOpen());
        }
        assertThrows(StatusRuntimeException.class, watched::next);
        cri.endpoint.close();
    }
}
