package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the relay promises of the messages of a call: all arrive, whole and in order. */
class RelayedMessagesTest extends RelayFixture {
    private static final String COUNT = "from.the.Future/Count";
    private static final byte[] NOTHING = {};

    @Test
    void aServerStreamArrivesWholeAndInOrder() {
        relay.runtime.stream(COUNT, 1000, 100, Status.OK);

        TappedCall call = new TappedCall(relay.through, COUNT).takeAll().send(NOTHING);

        assertEquals(Status.Code.OK, call.code());
        for (int i = 0; i < 1000; i++) {
            assertEquals(i, ByteBuffer.wrap(call.next()).getInt());
        }
        assertTrue(call.messages.isEmpty());
    }

    @Test
    void anEmptyStreamIsAnImmediateEnd() {
        relay.runtime.stream(COUNT, 0, 4, Status.OK);

        TappedCall call = new TappedCall(relay.through, COUNT).takeAll().send(NOTHING);

        assertEquals(Status.Code.OK, call.code());
        assertTrue(call.messages.isEmpty());
    }

    @Test
    void anErrorInTheMiddleOfAStreamStaysAnError() {
        relay.runtime.stream(COUNT, 3, 4, Status.DATA_LOSS.withDescription("half of it"));

        TappedCall call = new TappedCall(relay.through, COUNT).takeAll().send(NOTHING);

        assertEquals(Status.Code.DATA_LOSS, call.code());
        assertEquals("half of it", call.ended().status().getDescription());
        assertEquals(3, call.messages.size());
    }

    @Test
    void aClientStreamArrivesWhole() {
        relay.runtime.on(COUNT, (call, headers) -> {
            call.request(1);
            return relay.runtime.new Listener() {
                private int sum;

                @Override
                public void onMessage(byte[] message) {
                    sum += ByteBuffer.wrap(message).getInt();
                    call.request(1);
                }

                @Override
                public void onHalfClose() {
                    call.sendHeaders(new Metadata());
                    call.sendMessage(ByteBuffer.allocate(4).putInt(sum).array());
                    call.close(Status.OK, new Metadata());
                }
            };
        });

        TappedCall call = new TappedCall(relay.through, COUNT).takeAll();
        for (int i = 1; i <= 500; i++) {
            call.call.sendMessage(ByteBuffer.allocate(1000).putInt(i).array());
        }
        call.call.halfClose();

        assertEquals(500 * 501 / 2, ByteBuffer.wrap(call.next()).getInt());
        assertEquals(Status.Code.OK, call.code());
    }

    @Test
    void aConversationIsHeardWhileItGoesOn() {
        relay.runtime.answer(ECHO, request -> request);
        TappedCall call = new TappedCall(relay.through, ECHO).takeAll();
        for (int i = 0; i < 20; i++) {
            byte[] word = {(byte) i};
            call.call.sendMessage(word);
            assertArrayEquals(word, call.next());
        }
        call.call.halfClose();
        assertEquals(Status.Code.OK, call.code());
    }

    @Test
    void anAnswerOf20MiBArrives() {
        byte[] large = new byte[20 << 20];
        new Random(20).nextBytes(large);
        relay.runtime.answer(ECHO, request -> large);

        assertTrue(Arrays.equals(large, RawCalls.unary(relay.through, ECHO, NOTHING)));
    }

    @Test
    void whatIsLargerThanTheLimitIsRefusedEitherWay() {
        byte[] tooLarge = new byte[RelayScenario.LARGEST + 1];
        relay.runtime.answer(ECHO, request -> tooLarge);
        assertEquals(
                Status.Code.RESOURCE_EXHAUSTED,
                new TappedCall(relay.through, ECHO).takeAll().send(NOTHING).code());

        relay.runtime.silence(ECHO);
        assertEquals(
                Status.Code.RESOURCE_EXHAUSTED,
                new TappedCall(relay.through, ECHO).takeAll().send(tooLarge).code());
    }
}
