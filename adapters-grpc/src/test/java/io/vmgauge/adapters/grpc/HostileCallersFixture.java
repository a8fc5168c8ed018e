package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.domain.identity.VmState;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A server with one VM, for callers that mean harm or make mistakes. */
abstract class HostileCallersFixture {
    final CriScenario cri = new CriScenario("max-connections", "3");

    @BeforeEach
    void oneVm() {
        cri.queries.add(FakeQueries.placement("pod-a", "web-0", "aaa", Map.of()), VmState.RUNNING, FakeQueries.FULL);
    }

    @AfterEach
    void close() {
        cri.close();
    }

    void servesOn() {
        assertEquals(
                1,
                cri.runtime
                        .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                        .getStatsCount());
    }

    byte[] call(String method, byte[] request) {
        MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.newBuilder(new Raw(), new Raw())
                .setFullMethodName(method)
                .setType(MethodDescriptor.MethodType.UNARY)
                .build();
        return ClientCalls.blockingUnaryCall(cri.channel, raw, CallOptions.DEFAULT, request);
    }

    static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
