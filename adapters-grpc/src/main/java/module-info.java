import org.jspecify.annotations.NullMarked;

/**
 * The agent's face to Kubernetes: the Container Runtime Interface over a unix socket, and a client of it. Here the
 * domain becomes CRI, nowhere else.
 */
@NullMarked
module io.vmgauge.adapters.grpc {
    requires io.vmgauge.ports;
    requires org.slf4j;
    requires com.google.protobuf;
    requires com.google.protobuf.util;
    requires io.grpc;
    requires io.grpc.netty;
    requires io.grpc.protobuf;
    requires io.grpc.services;
    requires io.grpc.stub;
    requires com.google.common;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.transport;
    // Who is at the other end of a unix socket.
    requires jdk.net;

    // Not ours to use: Guava and protobuf are automatic modules, which cannot ask for what they need themselves.
    requires com.google.common.util.concurrent.internal;
    requires com.google.gson;
    // Without it Netty finds no Unsafe and copies through the heap.
    requires jdk.unsupported;

    provides io.vmgauge.ports.spi.EndpointProvider with
            io.vmgauge.adapters.grpc.CriProvider;

    // Reflection over generated messages: protobuf prints and compares them so.
    opens io.vmgauge.adapters.grpc.cri to
            com.google.protobuf;
}
