package io.vmgauge.adapters.grpc.relay;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call on its way through. Each side is asked for its next message only when the other can take one, so a slow
 * reader slows its writer down, and at most one message each way is held here.
 *
 * <p>All of it happens on the one event loop that both connections share: there is nothing to lock.
 *
 * <p>Long because both sides' listeners share what is held.
 */
final class RelayedCall {
    private static final Logger LOG = LoggerFactory.getLogger(RelayedCall.class);

    private final ServerCall<InputStream, InputStream> caller;
    private final ClientCall<InputStream, InputStream> runtime;
    private final UnaryOperator<InputStream> overlay;
    private final UnaryOperator<Status> told;
    private boolean callerIsHeldBack;
    private boolean runtimeIsHeldBack;
    private boolean ended;
    // The last message each way. gRPC closes what it has written, but forgets what it still held when a call ends.
    private @Nullable InputStream request;
    private @Nullable InputStream response;

    private RelayedCall(
            ServerCall<InputStream, InputStream> caller,
            ClientCall<InputStream, InputStream> runtime,
            UnaryOperator<InputStream> overlay,
            UnaryOperator<Status> told) {
        this.caller = caller;
        this.runtime = runtime;
        this.overlay = overlay;
        this.told = told;
    }

    /**
     * Begins the call on both sides.
     *
     * @param overlay what becomes of each answer
     * @param told what becomes of the status in which it ends
     */
    static ServerCall.Listener<InputStream> begin(
            ServerCall<InputStream, InputStream> caller,
            Metadata headers,
            ClientCall<InputStream, InputStream> runtime,
            UnaryOperator<InputStream> overlay,
            UnaryOperator<Status> told) {
        RelayedCall call = new RelayedCall(caller, runtime, overlay, told);
        runtime.start(call.new FromRuntime(), headers);
        runtime.request(1);
        caller.request(1);
        return call.new FromCaller();
    }

    private void end() {
        ended = true;
        release(request);
        release(response);
    }

    private static void release(@Nullable InputStream message) {
        try {
            if (message != null) {
                message.close();
            }
        } catch (IOException e) {
            LOG.warn("the memory of a relayed message could not be released", e);
        }
    }

    private final class FromCaller extends ServerCall.Listener<InputStream> {
        @Override
        public void onMessage(InputStream message) {
            if (ended) {
                release(message);
                return;
            }
            request = message;
            runtime.sendMessage(message);
            if (runtime.isReady()) {
                caller.request(1);
            } else {
                callerIsHeldBack = true;
            }
        }

        @Override
        public void onHalfClose() {
            if (!ended) {
                runtime.halfClose();
            }
        }

        @Override
        public void onCancel() {
            end();
            runtime.cancel("the caller gave up", null);
        }

        @Override
        public void onReady() {
            if (runtimeIsHeldBack) {
                runtimeIsHeldBack = false;
                runtime.request(1);
            }
        }
    }

    private final class FromRuntime extends ClientCall.Listener<InputStream> {
        @Override
        public void onHeaders(Metadata headers) {
            if (!ended) {
                caller.sendHeaders(headers);
            }
        }

        @Override
        public void onMessage(InputStream message) {
            if (ended) {
                release(message);
                return;
            }
            InputStream answer = overlay.apply(message);
            response = answer;
            try {
                caller.sendMessage(answer);
            } catch (OutOfMemoryError e) {
                // gRPC has told the caller and closed the call, and would have it closed again.
                end();
                runtime.cancel("no memory to pass it on", e);
                return;
            }
            if (caller.isReady()) {
                runtime.request(1);
            } else {
                runtimeIsHeldBack = true;
            }
        }

        @Override
        public void onReady() {
            if (callerIsHeldBack) {
                callerIsHeldBack = false;
                caller.request(1);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (!ended) {
                end();
                caller.close(told.apply(status), trailers);
            }
        }
    }
}
