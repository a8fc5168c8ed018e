package io.vmgauge.adapters.grpc.relay;

import com.google.common.io.ByteStreams;
import io.grpc.Channel;
import io.grpc.Detachable;
import io.grpc.HandlerRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.vmgauge.adapters.grpc.overlay.Overlay;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Passes every call of every service on to the real runtime, even of services that are not invented yet. Only the few
 * answers that {@link Overlay} looks into are decoded, so nothing has to be known of the rest. All calls have one
 * shape: a unary call is a stream of one message each way.
 */
public final class Relay extends HandlerRegistry {
    private static final Untouched UNTOUCHED = new Untouched();

    private final Channel runtime;
    private final String name;
    private final Overlay overlay;

    /** @param name which runtime it is, for people */
    public Relay(Channel runtime, String name, Overlay overlay) {
        this.runtime = runtime;
        this.name = name;
        this.overlay = overlay;
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String full, @Nullable String authority) {
        MethodDescriptor<InputStream, InputStream> method = MethodDescriptor.newBuilder(UNTOUCHED, UNTOUCHED)
                .setFullMethodName(full)
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .build();
        // The call to the runtime begins in the caller's context, and takes deadline and cancellation from there.
        return ServerMethodDefinition.create(method, (caller, headers) -> {
            UpstreamStatus status = new UpstreamStatus(name);
            return RelayedCall.begin(
                    caller, headers, runtime.newCall(method, status.options()), overlay.of(full), status::told);
        });
    }

    /** A message as it came, mostly still in the network's own buffers. */
    private static final class Untouched implements MethodDescriptor.Marshaller<InputStream> {
        @Override
        public InputStream stream(InputStream message) {
            return message;
        }

        @Override
        public InputStream parse(InputStream arrived) {
            try {
                return arrived instanceof Detachable buffers
                        ? buffers.detach()
                        : new ByteArrayInputStream(ByteStreams.toByteArray(arrived));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
