package io.vmgauge.adapters.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.vmgauge.adapters.grpc.service.BytesMarshaller;

/** gRPC without knowledge of messages: bytes go out and come in. */
final class RawCalls {
    static final MethodDescriptor.Marshaller<byte[]> BYTES = new BytesMarshaller();

    private RawCalls() {}

    static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.newBuilder(BYTES, BYTES)
                .setFullMethodName(name)
                .setType(type)
                .build();
    }

    static byte[] unary(Channel channel, String name, byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel, method(name, MethodDescriptor.MethodType.UNARY), CallOptions.DEFAULT, request);
    }
}
