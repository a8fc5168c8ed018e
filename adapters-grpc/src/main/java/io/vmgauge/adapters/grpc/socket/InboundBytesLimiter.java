package io.vmgauge.adapters.grpc.socket;

import io.grpc.Context;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.Executor;

/**
 * Bounds the memory of all unfinished requests together. Each may become as large as max-request-bytes, there may be
 * thousands, and one that comes byte by byte costs a hundred times its size. gRPC itself has no such bound. Here every
 * piece counts. Beyond the bound, a request that gets another piece is refused if it is still unfinished when all bytes
 * that have arrived are read. So a request that comes in one piece, as honest ones do, is never refused for what others
 * send.
 *
 * <p>It is both a tracer and an interceptor: gRPC reports pieces to tracers, but only an interceptor has the call. Used
 * on the event loop only.
 */
public final class InboundBytesLimiter extends ServerStreamTracer.Factory implements ServerInterceptor {
    /** What a piece costs beside its own bytes: bookkeeping, and the rest of the buffer that it holds. */
    public static final int PIECE_BYTES = 1 << 10;

    private static final Context.Key<Request> REQUEST = Context.key("request");

    private final long mostBytes;
    private final Executor loop;
    private long held;

    /** @param loop the event loop that reads all requests */
    public InboundBytesLimiter(long mostBytes, Executor loop) {
        this.mostBytes = mostBytes;
        this.loop = loop;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        return new Request();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Refusable<Q> refusable = new Refusable<>(call, next.startCall(call, headers));
        REQUEST.get().refuse = refusable::refuse;
        return refusable;
    }

    /** A call that may be refused. Its handler sees a refusal as a cancellation by the caller, and nothing after it. */
    private static final class Refusable<Q> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<Q, ?> call;
        private boolean isRefused;

        Refusable(ServerCall<Q, ?> call, ServerCall.Listener<Q> listener) {
            super(listener);
            this.call = call;
        }

        void refuse() {
            try {
                call.close(
                        Status.RESOURCE_EXHAUSTED.withDescription(
                                "too many requests have begun and not ended: send each in one piece"),
                        new Metadata());
            } catch (IllegalStateException alreadyClosed) {
                return;
            }
            isRefused = true;
            super.onCancel();
        }

        @Override
        public void onCancel() {
            if (!isRefused) {
                super.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (!isRefused) {
                super.onComplete();
            }
        }
    }

    private final class Request extends ServerStreamTracer {
        private Runnable refuse = () -> {};
        private long mine;
        private boolean isInDoubt;

        @Override
        public Context filterContext(Context context) {
            return context.withValue(REQUEST, this);
        }

        @Override
        public void inboundWireSize(long bytes) {
            mine += bytes + PIECE_BYTES;
            held += bytes + PIECE_BYTES;
            if (held > mostBytes && !isInDoubt) {
                isInDoubt = true;
                loop.execute(this::decide);
            }
        }

        private void decide() {
            isInDoubt = false;
            if (mine > 0 && held > mostBytes) {
                refuse.run();
                // At once, or the next requests in doubt would be refused too.
                release();
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
