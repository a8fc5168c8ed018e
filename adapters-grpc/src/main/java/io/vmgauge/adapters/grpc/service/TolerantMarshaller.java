package io.vmgauge.adapters.grpc.service;

import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Parses a request that may be none; such a one is absent. gRPC itself would log an exception and send an answer without
 * sense.
 */
record TolerantMarshaller<Q>(MethodDescriptor.Marshaller<Q> strict)
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
