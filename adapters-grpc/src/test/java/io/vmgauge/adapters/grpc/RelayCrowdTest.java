package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.socket.InboundBytesLimiter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers of the relay notice nothing of each other and leave nothing behind. */
class RelayCrowdTest {
    private static final String ECHO = "from.the.Future/Echo";
    private static final String COUNT = "from.the.Future/Count";
    private static final String FLOOD = "from.the.Future/Flood";
    private static final byte[] NOTHING = {};
    /**
     * Messages of 200 KiB that may be on their way: a window of 1 MiB before the relay and one behind it, and in each
     * of the three programs one whole message and a part of another.
     */
    private static final int MOST_HELD = 2 * 6 + 3 * 2;

    private final RelayScenario relay = new RelayScenario();

    @AfterEach
    void close() {
        relay.close();
    }

    @Test
    void twoHundredStreamsRunBesideEachOther() {
        relay.runtime.answer(ECHO, request -> request);
        List<TappedCall> streams = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            streams.add(new TappedCall(relay.through, ECHO).takeAll());
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 200; i++) {
                streams.get(i)
                        .call
                        .sendMessage(
                                ByteBuffer.allocate(8).putInt(i).putInt(round).array());
            }
            for (int i = 0; i < 200; i++) {
                assertArrayEquals(
                        ByteBuffer.allocate(8).putInt(i).putInt(round).array(),
                        streams.get(i).next());
            }
        }
        streams.forEach(stream -> stream.call.halfClose());
        streams.forEach(stream -> assertEquals(Status.Code.OK, stream.code()));
    }

    @Test
    void aSlowReaderHoldsBackItsOwnStreamAndNobodyElse() {
        relay.runtime.answer(ECHO, request -> request);
        relay.runtime.stream(FLOOD, 100, 200 << 10, Status.OK);
        List<TappedCall> slow = new ArrayList<>();
        ManagedChannel other = RelayScenario.connect(relay.socket, relay.loop());
        try {
            for (int i = 0; i < 40; i++) {
                TappedCall stream = new TappedCall(relay.through, FLOOD).send(NOTHING);
                stream.call.request(2);
                slow.add(stream);
            }
            slow.forEach(
                    stream -> assertEquals(1, ByteBuffer.wrap(secondOf(stream)).getInt()));
            int held = settled();

            assertTrue(
                    held <= 40 * (2 + MOST_HELD),
                    held + " messages of 200 KiB are under way to forty readers that took two each");
            assertArrayEquals(new byte[] {7}, RawCalls.unary(other, ECHO, new byte[] {7}));
            byte[] large = new byte[2 << 20];
            assertEquals(large.length, RawCalls.unary(other, ECHO, large).length);

            TappedCall awake = slow.get(0).takeAll();
            assertEquals(Status.Code.OK, awake.code());
            assertEquals(98, awake.messages.size());
        } finally {
            other.shutdownNow();
        }
    }

    private static byte[] secondOf(TappedCall stream) {
        stream.next();
        return stream.next();
    }

    /** How many messages the runtime has sent when it has stopped sending. */
    private int settled() {
        int before = -1;
        while (before != relay.runtime.sent.get()) {
            before = relay.runtime.sent.get();
            for (int i = 0; i < 60; i++) {
                RelayScenario.pause();
            }
        }
        return before;
    }

    @Test
    void aRuntimeThatDoesNotReadHoldsBackItsCallerAndNobodyElse() {
        relay.runtime.answer(ECHO, request -> request);
        Semaphore wanted = new Semaphore(0);
        relay.runtime.on(COUNT, (call, headers) -> relay.runtime.new Listener() {
            @Override
            public void onReady() {
                wanted.release();
            }
        });
        TappedCall writer = new TappedCall(relay.through, COUNT);
        int written = 0;
        for (int quiet = 0; quiet < 60; quiet++) {
            if (writer.call.isReady()) {
                writer.call.sendMessage(new byte[200 << 10]);
                written++;
                quiet = 0;
            }
            RelayScenario.pause();
        }

        assertTrue(written <= MOST_HELD, written + " messages of 200 KiB were taken for a runtime that reads none");
        assertArrayEquals(new byte[] {7}, RawCalls.unary(relay.through, ECHO, new byte[] {7}));
        writer.call.cancel("enough", null);
        RelayScenario.eventually("the runtime is told", () -> relay.runtime.cancelled.get() == 1);
    }

    @Test
    void nothingIsLeftOfCallsThatEndedInAnyWay() {
        relay.runtime.answer(ECHO, request -> request);
        relay.runtime.refuse(COUNT, Status.NOT_FOUND, new Metadata());
        relay.runtime.stream(FLOOD, 100, 1 << 20, Status.OK);
        endInEveryWay(100);
        Footprint before = Footprint.now();

        // If what these calls held stayed, it would be more than all memory outside of the heap.
        endInEveryWay(1000);

        assertArrayEquals(new byte[] {7}, RawCalls.unary(relay.through, ECHO, new byte[] {7}));
        Footprint.isBackTo(before);
    }

    private void endInEveryWay(int times) {
        byte[] large = new byte[1 << 20];
        for (int i = 0; i < times; i++) {
            assertEquals(
                    Status.Code.NOT_FOUND,
                    new TappedCall(relay.through, COUNT).takeAll().send(NOTHING).code());
            TappedCall stream = new TappedCall(relay.through, FLOOD).send(NOTHING);
            stream.call.request(1);
            stream.next();
            TappedCall writer = new TappedCall(relay.through, ECHO);
            writer.call.sendMessage(large);
            stream.call.cancel("enough", null);
            writer.call.cancel("enough", null);
            assertEquals(Status.Code.CANCELLED, writer.code());
        }
    }

    @Test
    void aHundredThousandByteStringsOfGarbageOnTheSocketDoNoHarm() throws IOException {
        relay.runtime.answer(ECHO, request -> request);
        try (SteadyCallers other = new SteadyCallers(1, () -> RawCalls.unary(relay.through, ECHO, new byte[] {7}))) {
            Garbage.pour(relay.socket, 100_000, 20261125);
            assertTrue(other.calls() > 100, other.calls() + " calls of somebody else");
        }
        ManagedChannel newcomer = RelayScenario.connect(relay.socket, relay.loop());
        assertArrayEquals(new byte[] {7}, RawCalls.unary(newcomer, ECHO, new byte[] {7}));
        newcomer.shutdownNow();
        RelayScenario.eventually("nothing of it is under way at the runtime", () -> relay.runtime.open.get() == 0);
    }

    /** As many as eight of the largest messages are held: far more than a kubelet's requests, far less than all memory. */
    @Test
    void requestsThatNeverEndAreRefusedBeforeTheyHoldAllMemory() throws IOException {
        int most = 8 * (4 << 20) / (EndlessRequests.LARGEST_PIECE + InboundBytesLimiter.PIECE_BYTES);
        try (RelayScenario small = new RelayScenario("upstream-max-message-bytes", Integer.toString(4 << 20))) {
            small.runtime.answer(ECHO, request -> request);
            small.runtime.silence("runtime.v1.RuntimeService/ListContainerStats");
            try (EndlessRequests endless = new EndlessRequests(small.socket)) {
                endless.begin(most + 100, EndlessRequests.LARGEST_PIECE);
                endless.settle();

                RelayScenario.eventually("no more than " + most + " are held", () -> endless.refused.get() >= 99);
                assertTrue(endless.refused.get() <= 110, endless.refused.get() + " are refused");
                RelayScenario.eventually(
                        "the runtime is told of those", () -> small.runtime.cancelled.get() == endless.refused.get());
                assertArrayEquals(new byte[] {7}, RawCalls.unary(small.through, ECHO, new byte[] {7}));
            }
            // What they held is free again: this comes in several pieces, too.
            byte[] large = new byte[4 << 20];
            RelayScenario.eventually(
                    "large requests are read",
                    () -> new TappedCall(small.through, ECHO)
                                    .takeAll()
                                    .send(large)
                                    .code()
                            == Status.Code.OK);
        }
    }
}
