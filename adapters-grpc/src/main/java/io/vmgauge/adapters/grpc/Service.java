package io.vmgauge.adapters.grpc;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service whose methods are functions from request to response. Refusals are {@link StatusRuntimeException}s; anything
 * else that a function throws is a mistake of ours, which costs that one call and is logged the first time.
 */
final class Service {
    private static final Logger log = LoggerFactory.getLogger(Service.class);

    private final ServiceDescriptor generated;
    private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    private final Set<String> logged = ConcurrentHashMap.newKeySet();

    /** @param generated knows the service's name and schema */
    Service(ServiceDescriptor generated) {
        this.generated = generated;
    }

    <Q, A> Service answer(MethodDescriptor<Q, A> method, Function<Q, A> function) {
        MethodDescriptor<Optional<Q>, A> tolerant = method.toBuilder(
                        new Tolerant<>(method.getRequestMarshaller()), method.getResponseMarshaller())
                .build();
        methods.add(ServerMethodDefinition.create(
                tolerant,
                ServerCalls.asyncUnaryCall((request, caller) -> answer(tolerant, function, request, caller))));
        return this;
    }

    private <Q, A> void answer(
            MethodDescriptor<Optional<Q>, A> method,
            Function<Q, A> function,
            Optional<Q> request,
            StreamObserver<A> caller) {
        if (request.isEmpty()) {
            caller.onError(Status.INVALID_ARGUMENT
                    .withDescription("what was sent is not the request of this method")
                    .asRuntimeException());
            return;
        }
        A answer;
        try {
            answer = function.apply(request.get());
        } catch (StatusRuntimeException refusal) {
            caller.onError(refusal);
            return;
        } catch (RuntimeException mistake) {
            if (logged.add(method.getFullMethodName() + mistake.getClass().getName())) {
                log.error("a call of {} failed; this is logged once", method.getFullMethodName(), mistake);
            }
            caller.onError(Status.INTERNAL
                    .withDescription("vmgauge failed: see its log")
                    .asRuntimeException());
            return;
        }
        caller.onNext(answer);
        caller.onCompleted();
    }

    ServerServiceDefinition build() {
        // The generated descriptor would insist on its own marshallers.
        ServiceDescriptor.Builder descriptor =
                ServiceDescriptor.newBuilder(generated.getName()).setSchemaDescriptor(generated.getSchemaDescriptor());
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(service::addMethod);
        return service.build();
    }

    /** Of a request that is none gRPC itself makes an exception in the log and an answer without sense. */
    private record Tolerant<Q>(MethodDescriptor.Marshaller<Q> strict)
            implements MethodDescriptor.Marshaller<Optional<Q>> {
        @Override
        public InputStream stream(Optional<Q> request) {
            return strict.stream(request.orElseThrow());
        }

        @Override
        public Optional<Q> parse(InputStream stream) {
            try {
                return Optional.of(strict.parse(stream));
            } catch (StatusRuntimeException notThatMessage) {
                return Optional.empty();
            }
        }
    }
}
