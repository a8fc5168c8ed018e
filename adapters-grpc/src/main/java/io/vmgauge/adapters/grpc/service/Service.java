package io.vmgauge.adapters.grpc.service;

import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.vmgauge.ports.log.OnceLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service whose methods are functions from request to response, or to a stream of them. Refusals are
 * {@link StatusRuntimeException}s; anything else that a function throws is a mistake of ours, which costs that one call and
 * is logged the first time.
 */
public final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private final ServiceDescriptor generated;
    private final List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    private final OnceLog<String> mistakes = new OnceLog<>();

    /** @param generated knows the service's name and schema */
    public Service(ServiceDescriptor generated) {
        this.generated = generated;
    }

    <Q, A> Service answer(MethodDescriptor<Q, A> method, Function<Q, A> function) {
        MethodDescriptor<Optional<Q>, A> tolerant = tolerant(method);
        methods.add(ServerMethodDefinition.create(
                tolerant,
                ServerCalls.asyncUnaryCall((request, caller) -> attempt(method, caller, () -> {
                    caller.onNext(function.apply(understood(request)));
                    caller.onCompleted();
                }))));
        return this;
    }

    /** Adds a method that answers with a stream. Each message is made when the caller can take it. */
    public <Q, A> Service stream(MethodDescriptor<Q, A> method, Function<Q, Iterator<A>> function) {
        MethodDescriptor<Optional<Q>, A> tolerant = tolerant(method);
        methods.add(ServerMethodDefinition.create(
                tolerant,
                ServerCalls.asyncServerStreamingCall((request, caller) -> attempt(method, caller, () -> new Sending<>(
                                method, function.apply(understood(request)), (ServerCallStreamObserver<A>) caller)
                        .start()))));
        return this;
    }

    private static <Q, A> MethodDescriptor<Optional<Q>, A> tolerant(MethodDescriptor<Q, A> method) {
        return method.toBuilder(new TolerantMarshaller<>(method.getRequestMarshaller()), method.getResponseMarshaller())
                .build();
    }

    private static <Q> Q understood(Optional<Q> request) {
        return request.orElseThrow(() -> Status.INVALID_ARGUMENT
                .withDescription("what was sent is not the request of this method")
                .asRuntimeException());
    }

    private void attempt(MethodDescriptor<?, ?> method, StreamObserver<?> caller, Runnable answer) {
        try {
            answer.run();
        } catch (StatusRuntimeException refusal) {
            caller.onError(refusal);
        } catch (RuntimeException mistake) {
            if (mistakes.begins(method.getFullMethodName(), mistake.getClass().getName())) {
                LOG.error("a call of {} failed; this is logged once", method.getFullMethodName(), mistake);
            }
            caller.onError(Status.INTERNAL
                    .withDescription("vmgauge failed: see its log")
                    .asRuntimeException());
        }
    }

    public ServerServiceDefinition build() {
        // The generated descriptor would insist on its own marshallers.
        ServiceDescriptor.Builder descriptor =
                ServiceDescriptor.newBuilder(generated.getName()).setSchemaDescriptor(generated.getSchemaDescriptor());
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(service::addMethod);
        return service.build();
    }

    /** One stream on its way to its caller. Used on the event loop only. */
    private final class Sending<A> {
        private final MethodDescriptor<?, A> method;
        private final ServerCallStreamObserver<A> caller;
        private Iterator<A> left;
        private boolean ended;

        Sending(MethodDescriptor<?, A> method, Iterator<A> all, ServerCallStreamObserver<A> caller) {
            this.method = method;
            this.left = all;
            this.caller = caller;
        }

        void start() {
            caller.setOnReadyHandler(this::send);
            caller.setOnCancelHandler(this::end);
            send();
        }

        private void send() {
            if (!ended) {
                attempt(method, caller, this::sendWhatFits);
            }
        }

        private void sendWhatFits() {
            try {
                while (caller.isReady() && left.hasNext()) {
                    caller.onNext(left.next());
                }
                if (!ended && !left.hasNext()) {
                    end();
                    caller.onCompleted();
                }
            } catch (RuntimeException e) {
                end();
                throw e;
            }
        }

        private void end() {
            ended = true;
            left = Collections.emptyIterator();
        }
    }
}
