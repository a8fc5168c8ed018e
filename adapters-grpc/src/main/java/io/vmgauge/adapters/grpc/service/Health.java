package io.vmgauge.adapters.grpc.service;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * gRPC's standard health service: not serving while nothing can be measured. The library's own keeps a status that
 * somebody has to set; this one looks when it is asked, and once a second while somebody watches.
 *
 * <p>A VM that does not answer is no reason to restart the agent, so that status does not change. Each pod is also a
 * service, {@code vm/NAMESPACE/NAME}, which is not serving while one of its VMs does not answer.
 */
public final class Health extends HealthGrpc.HealthImplBase {
    private static final String VM = "vm/";
    private static final Set<String> SERVICES =
            Set.of("", RuntimeServiceGrpc.SERVICE_NAME, ImageServiceGrpc.SERVICE_NAME);

    private final UsageQueries queries;
    private final ScheduledExecutorService loop;

    /** @param loop the event loop that runs all calls */
    public Health(UsageQueries queries, ScheduledExecutorService loop) {
        this.queries = queries;
        this.loop = loop;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> caller) {
        if (status(request) == ServingStatus.SERVICE_UNKNOWN) {
            caller.onError(Status.NOT_FOUND
                    .withDescription("vmgauge has no service " + SafeText.line(request.getService()))
                    .asRuntimeException());
            return;
        }
        caller.onNext(response(request));
        caller.onCompleted();
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> caller) {
        new Watch(request, (ServerCallStreamObserver<HealthCheckResponse>) caller).start();
    }

    private HealthCheckResponse response(HealthCheckRequest request) {
        return HealthCheckResponse.newBuilder().setStatus(status(request)).build();
    }

    private ServingStatus status(HealthCheckRequest request) {
        String service = request.getService();
        if (service.startsWith(VM)) {
            return status(service.substring(VM.length()));
        }
        if (!SERVICES.contains(service)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        return queries.status().problem().isEmpty() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private ServingStatus status(String pod) {
        if (queries.status().unresponsiveVms().contains(pod)) {
            return ServingStatus.NOT_SERVING;
        }
        boolean known = queries.inventory(Selection.ALL).stream()
                .map(vm -> vm.vm().placement().sandbox())
                .anyMatch(sandbox -> pod.equals(sandbox.namespace() + "/" + sandbox.name()));
        return known ? ServingStatus.SERVING : ServingStatus.SERVICE_UNKNOWN;
    }

    /** A caller who watches for changes. Used on the event loop only. */
    private final class Watch {
        private final HealthCheckRequest request;
        private final ServerCallStreamObserver<HealthCheckResponse> caller;
        private ServingStatus said = ServingStatus.UNRECOGNIZED;

        Watch(HealthCheckRequest request, ServerCallStreamObserver<HealthCheckResponse> caller) {
            this.request = request;
            this.caller = caller;
        }

        void start() {
            look();
            var looking = loop.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
            caller.setOnCancelHandler(() -> looking.cancel(false));
        }

        private void look() {
            HealthCheckResponse now = response(request);
            if (now.getStatus() != said && !caller.isCancelled()) {
                said = now.getStatus();
                caller.onNext(now);
            }
        }
    }
}
