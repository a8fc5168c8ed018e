package io.vmgauge.adapters.grpc.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Attributes;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What one side does after the call has ended on the other. */
class RelayedCallTest {
    private final List<String> told = new ArrayList<>();
    private final RuntimeSide runtime = new RuntimeSide();
    private final ServerCall.Listener<InputStream> caller = RelayedCall.begin(
            new CallerSide(), new Metadata(), runtime, UnaryOperator.identity(), UnaryOperator.identity());

    @Test
    void theEndOfTheRequestIsPassedOn() {
        caller.onHalfClose();
        assertEquals(List.of("runtime: half-close"), told);
    }

    /** gRPC's own call throws when it is half-closed after it was cancelled. */
    @Test
    void aCallThatTheCallerGaveUpIsNotHalfClosed() {
        caller.onCancel();
        caller.onHalfClose();
        assertEquals(List.of("runtime: cancel"), told);
    }

    @Test
    void aCallThatTheRuntimeEndedIsNotHalfClosed() {
        runtime.listener().onClose(Status.NOT_FOUND, new Metadata());
        caller.onHalfClose();
        assertEquals(List.of("caller: NOT_FOUND"), told);
    }

    private final class RuntimeSide extends ClientCall<InputStream, InputStream> {
        private @Nullable Listener<InputStream> listener;

        Listener<InputStream> listener() {
            if (listener == null) {
                throw new AssertionError("it was not begun");
            }
            return listener;
        }

        @Override
        public void start(Listener<InputStream> responses, Metadata headers) {
            listener = responses;
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            told.add("runtime: cancel");
        }

        @Override
        public void halfClose() {
            told.add("runtime: half-close");
        }

        @Override
        public void sendMessage(InputStream message) {}
    }

    private final class CallerSide extends ServerCall<InputStream, InputStream> {
        @Override
        public void request(int messages) {}

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(InputStream message) {}

        @Override
        public void close(Status status, Metadata trailers) {
            told.add("caller: " + status.getCode());
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.EMPTY;
        }

        @Override
        public MethodDescriptor<InputStream, InputStream> getMethodDescriptor() {
            throw new UnsupportedOperationException();
        }
    }
}
