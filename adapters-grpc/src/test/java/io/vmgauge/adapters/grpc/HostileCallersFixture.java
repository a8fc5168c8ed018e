package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsRequest;
import io.vmgauge.adapters.grpc.service.BytesMarshaller;
import io.vmgauge.domain.identity.VmState;
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
        MethodDescriptor<byte[], byte[]> raw = MethodDescriptor.newBuilder(new BytesMarshaller(), new BytesMarshaller())
                .setFullMethodName(method)
                .setType(MethodDescriptor.MethodType.UNARY)
                .build();
        return ClientCalls.blockingUnaryCall(cri.channel, raw, CallOptions.DEFAULT, request);
    }
}
