package io.vmgauge.adapters.grpc;

import static io.vmgauge.adapters.grpc.CriScenario.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.inbound.AgentStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** gRPC's standard services. */
class HealthAndReflectionTest {
    private static final AgentStatus SICK = new AgentStatus("1.2.3", Optional.of("libvirtd is down"), 0, List.of());

    private final CriScenario cri = new CriScenario();
    private final HealthGrpc.HealthBlockingStub health =
            HealthGrpc.newBlockingStub(cri.channel).withDeadlineAfter(20, TimeUnit.SECONDS);

    @AfterEach
    void close() {
        cri.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "runtime.v1.RuntimeService", "runtime.v1.ImageService"})
    void itServesAsLongAsSomethingCanBeMeasured(String service) {
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService(service).build();
        assertEquals(ServingStatus.SERVING, health.check(request).getStatus());

        cri.queries.status = SICK;

        assertEquals(ServingStatus.NOT_SERVING, health.check(request).getStatus());
    }

    @Test
    void theHealthOfAnUnknownServiceIsNotFound() {
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService("no.Such").build();

        refused(Status.Code.NOT_FOUND, () -> health.check(request));
        assertEquals(ServingStatus.SERVICE_UNKNOWN, health.watch(request).next().getStatus());
    }

    @Test
    void aVmThatDoesNotAnswerIsNamedByItsOwnHealthAndSpoilsNoOther() {
        cri.queries.add(FakeQueries.placement("pod-b", "db-0", "bbb", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService("vm/shop/db-0").build();
        assertEquals(ServingStatus.SERVING, health.check(request).getStatus());

        cri.queries.status = new AgentStatus("1.2.3", Optional.empty(), 2, List.of("shop/db-0"));

        assertEquals(ServingStatus.NOT_SERVING, health.check(request).getStatus());
        assertEquals(
                ServingStatus.SERVING,
                health.check(HealthCheckRequest.getDefaultInstance()).getStatus());
        for (String unknown : List.of("vm/", "vm/db-0", "vm/other/db-0")) {
            refused(
                    Status.Code.NOT_FOUND,
                    () -> health.check(
                            HealthCheckRequest.newBuilder().setService(unknown).build()));
        }
    }

    /** Pods in different namespaces may have the same name. */
    @Test
    void aVmThatDoesNotAnswerSaysNothingOfItsNamesakes() {
        cri.queries.add(FakeQueries.placement("pod-b", "db-0", "bbb", Map.of()), VmState.RUNNING, FakeQueries.FULL);

        cri.queries.status = new AgentStatus("1.2.3", Optional.empty(), 2, List.of("other/db-0"));

        assertEquals(
                ServingStatus.SERVING,
                health.check(HealthCheckRequest.newBuilder()
                                .setService("vm/shop/db-0")
                                .build())
                        .getStatus());
    }

    @Test
    void aWatcherHearsOfEachChange() {
        var watched = health.watch(HealthCheckRequest.getDefaultInstance());
        AgentStatus well = cri.queries.status;

        assertEquals(ServingStatus.SERVING, watched.next().getStatus());
        cri.queries.status = SICK;
        assertEquals(ServingStatus.NOT_SERVING, watched.next().getStatus());
        cri.queries.status = well;
        assertEquals(ServingStatus.SERVING, watched.next().getStatus());
    }

    @Test
    void reflectionListsTheServices() throws Exception {
        Set<String> services = reflect(
                        ServerReflectionRequest.newBuilder().setListServices("").build())
                .getListServicesResponse()
                .getServiceList()
                .stream()
                .map(ServiceResponse::getName)
                .collect(Collectors.toSet());

        assertTrue(
                services.containsAll(
                        Set.of("runtime.v1.RuntimeService", "runtime.v1.ImageService", "grpc.health.v1.Health")),
                services::toString);
    }

    @Test
    void reflectionKnowsTheSchemaOfEveryMethod() throws Exception {
        ServerReflectionResponse response = reflect(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("runtime.v1.RuntimeService.ListContainerStats")
                .build());

        assertEquals(1, response.getFileDescriptorResponse().getFileDescriptorProtoCount());
    }

    @Test
    @SuppressWarnings("deprecation")
    void olderClientsFindReflectionToo() throws Exception {
        CompletableFuture<Integer> services = new CompletableFuture<>();
        StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionRequest> requests =
                io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(cri.channel)
                        .serverReflectionInfo(new FirstAnswer<>(services, response -> response.getListServicesResponse()
                                .getServiceCount()));
        requests.onNext(io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                .setListServices("")
                .build());

        assertTrue(services.get(20, TimeUnit.SECONDS) >= 3);
        requests.onCompleted();
    }

    private ServerReflectionResponse reflect(ServerReflectionRequest request) throws Exception {
        CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(cri.channel)
                .serverReflectionInfo(new FirstAnswer<>(answer, response -> response));
        requests.onNext(request);
        try {
            return answer.get(20, TimeUnit.SECONDS);
        } finally {
            requests.onCompleted();
        }
    }

    private record FirstAnswer<A, T>(CompletableFuture<T> answer, java.util.function.Function<A, T> part)
            implements StreamObserver<A> {
        @Override
        public void onNext(A value) {
            answer.complete(part.apply(value));
        }

        @Override
        public void onError(Throwable e) {
            answer.completeExceptionally(e);
        }

        @Override
        public void onCompleted() {
            // The first answer was enough.
        }
    }
}
