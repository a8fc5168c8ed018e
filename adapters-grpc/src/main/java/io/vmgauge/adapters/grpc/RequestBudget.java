package io.vmgauge.adapters.grpc;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/**
 * Bounds what all unfinished requests together hold. Each may become as large as max-request-bytes, there may be thousands
 * of them, and one that comes byte by byte costs a hundred times what it carries. Nothing else in gRPC counts them
 * together. A request that comes in one piece, as honest ones do, is never refused for what others do.
 *
 * <p>Used on the event loop only.
 */
final class RequestBudget extends ServerStreamTracer.Factory {
    private static final int MOST_BYTES = 4 << 20;
    /** For the bookkeeping of a piece, and the bytes beside it in the buffer that it keeps from being let go. */
    private static final int PIECE_BYTES = 1 << 10;

    private long held;

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Request();
    }

    private final class Request extends ServerStreamTracer {
        private boolean begun;
        private long mine;

        @Override
        public void inboundWireSize(long bytes) {
            if (!begun) {
                begun = true;
                return;
            }
            mine += bytes + PIECE_BYTES;
            held += bytes + PIECE_BYTES;
            if (held > MOST_BYTES) {
                // As gRPC itself refuses a message that is too large: the call ends with this, and with it what it
                // held.
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription("too many requests have begun and not ended: send each in one piece")
                        .asRuntimeException();
            }
        }

        @Override
        public void inboundMessageRead(int number, long wireBytes, long bytes) {
            release();
        }

        @Override
        public void streamClosed(Status status) {
            release();
        }

        private void release() {
            held -= mine;
            mine = 0;
        }
    }
}
