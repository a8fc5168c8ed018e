package io.vmgauge.adapters.grpc.relay;

import io.grpc.CallOptions;
import io.grpc.Deadline;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.vmgauge.adapters.grpc.cri.ListContainersRequest;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxRequest;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.vmgauge.adapters.grpc.cri.VersionRequest;
import io.vmgauge.ports.spi.EndpointException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits at the start until the runtime answers. */
public final class FirstAnswer {
    private static final Logger LOG = LoggerFactory.getLogger(FirstAnswer.class);
    private static final int ATTEMPT_SECONDS = 2;
    private static final int LISTS_SECONDS = 10;

    private final Upstream upstream;
    private final Duration longest;

    /** @param longest how long to wait at most */
    public FirstAnswer(Upstream upstream, Duration longest) {
        this.upstream = upstream;
        this.longest = longest;
    }

    /**
     * Returns when the runtime has answered Version. A kubelet asks some things once in its life, right after its own
     * start. It must not find our socket before the runtime can answer.
     *
     * @param then learns on the event loop what the runtime runs, so that the first answer is like all later ones
     * @throws EndpointException if the runtime does not answer in time
     */
    public void await(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        Deadline patience = Deadline.after(longest.toMillis(), TimeUnit.MILLISECONDS);
        boolean hasSaid = false;
        while (true) {
            try {
                askVersion(patience);
                learn(then);
                return;
            } catch (StatusRuntimeException e) {
                if (patience.timeRemaining(TimeUnit.MILLISECONDS) <= Upstream.RECONNECT_MILLIS) {
                    throw silent(e);
                }
                if (!hasSaid) {
                    LOG.info("Waiting for {}", upstream);
                    hasSaid = true;
                }
                pause();
            }
        }
    }

    private void askVersion(Deadline patience) {
        Deadline attempt = patience.minimum(Deadline.after(ATTEMPT_SECONDS, TimeUnit.SECONDS));
        ClientCalls.blockingUnaryCall(
                upstream.channel(),
                RuntimeServiceGrpc.getVersionMethod(),
                CallOptions.DEFAULT.withDeadline(attempt),
                VersionRequest.getDefaultInstance());
    }

    /** Without the lists the agent starts all the same: later answers fetch them. */
    private void learn(BiConsumer<ListContainersResponse, ListPodSandboxResponse> then) {
        try {
            RuntimeServiceBlockingStub runtime = RuntimeServiceGrpc.newBlockingStub(upstream.channel())
                    .withDeadlineAfter(LISTS_SECONDS, TimeUnit.SECONDS);
            ListContainersResponse containers = runtime.listContainers(ListContainersRequest.getDefaultInstance());
            ListPodSandboxResponse pods = runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
            upstream.onLoop(() -> then.accept(containers, pods));
        } catch (StatusRuntimeException e) {
            LOG.debug("{} did not list what it runs", upstream, e);
        }
    }

    private EndpointException silent(StatusRuntimeException e) {
        return new EndpointException(
                upstream + " has not answered within " + longest.toMillis() + " ms ("
                        + e.getStatus().getCode() + ", " + UpstreamStatus.reason(e.getStatus())
                        + "): start it, or change endpoint.cri.upstream or endpoint.cri.upstream-wait",
                e);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(Upstream.RECONNECT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EndpointException("interrupted while it waited for the container runtime", e);
        }
    }
}
