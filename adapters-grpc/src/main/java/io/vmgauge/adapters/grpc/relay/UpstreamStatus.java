package io.vmgauge.adapters.grpc.relay;

import io.grpc.CallOptions;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.vmgauge.domain.text.SafeText;
import java.io.IOException;

/**
 * The status in which one call to the runtime ended, as the caller gets it. A status that the runtime sent goes on
 * untouched. Any other comes from our own connection; it names the runtime's socket, because the caller knows only
 * vmgauge's.
 */
public final class UpstreamStatus extends ClientStreamTracer {
    private final String runtime;
    private volatile boolean isRuntimes;

    /** @param runtime which one it is, for people */
    public UpstreamStatus(String runtime) {
        this.runtime = runtime;
    }

    /** The options of the call whose status is wanted. */
    CallOptions options() {
        return CallOptions.DEFAULT.withStreamTracerFactory(new Factory() {
            @Override
            public ClientStreamTracer newClientStreamTracer(StreamInfo info, Metadata headers) {
                return UpstreamStatus.this;
            }
        });
    }

    /** Only the runtime sends trailers, and they hold the status. */
    @Override
    public void inboundTrailers(Metadata trailers) {
        isRuntimes = true;
    }

    public Status told(Status status) {
        if (status.getCause() instanceof OutOfMemoryError) {
            return Status.RESOURCE_EXHAUSTED.withDescription(
                    "vmgauge has no memory left for messages of this size: ask for"
                            + " fewer at once, or start it with VMGAUGE_JAVA_OPTS=-XX:MaxDirectMemorySize=1g");
        }
        return !isRuntimes && isConnectionLost(status)
                ? Status.UNAVAILABLE.withDescription(
                        "cannot reach " + runtime + ": " + reason(status) + "; is it running?")
                : status;
    }

    private static boolean isConnectionLost(Status status) {
        if (status.getCode() == Status.Code.UNKNOWN) {
            // A connection that ends just as a call begins, for which gRPC has no better word.
            return status.getCause() instanceof IOException;
        }
        // A runtime that resets a stream is there.
        return status.getCode() == Status.Code.UNAVAILABLE
                && !String.valueOf(status.getDescription()).startsWith("RST_STREAM");
    }

    /** In one line, without the code. */
    static String reason(Status status) {
        Throwable root = status.getCause();
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        String words = root == null || root.getMessage() == null ? status.getDescription() : root.getMessage();
        return SafeText.line(String.valueOf(words));
    }
}
