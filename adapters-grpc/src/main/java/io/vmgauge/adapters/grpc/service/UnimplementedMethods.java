package io.vmgauge.adapters.grpc.service;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.vmgauge.adapters.grpc.cri.ImageServiceGrpc;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.domain.text.SafeText;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Declines all calls that the registered services do not answer. The caller is told what this server is.
 *
 * <p>Reflection is here too. It is made when it is first asked for: people want it rarely, and every start would pay
 * for it. gRPC looks here from its event loop only.
 */
public final class UnimplementedMethods extends HandlerRegistry {
    private static final String REFLECTION = "grpc.reflection.";

    private final List<ServerServiceDefinition> reflection = new ArrayList<>();

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        if (name.startsWith(REFLECTION)) {
            for (ServerServiceDefinition service : reflection()) {
                ServerMethodDefinition<?, ?> method = service.getMethod(name);
                if (method != null) {
                    return method;
                }
            }
        }
        return decline(name);
    }

    // Older clients know the alpha version only.
    @SuppressWarnings("deprecation")
    private synchronized List<ServerServiceDefinition> reflection() {
        if (reflection.isEmpty()) {
            reflection.add(ProtoReflectionServiceV1.newInstance().bindService());
            reflection.add(ProtoReflectionService.newInstance().bindService());
        }
        return List.copyOf(reflection);
    }

    private static ServerMethodDefinition<?, ?> decline(String name) {
        MethodDescriptor<InputStream, InputStream> method = MethodDescriptor.newBuilder(new Unread(), new Unread())
                .setFullMethodName(name)
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .build();
        Status status = Status.UNIMPLEMENTED.withDescription(message(name));
        return ServerMethodDefinition.create(method, (call, headers) -> {
            call.close(status, new Metadata());
            return new ServerCall.Listener<>() {};
        });
    }

    private static String message(String name) {
        String service = String.valueOf(MethodDescriptor.extractFullServiceName(name));
        boolean isCri =
                service.equals(RuntimeServiceGrpc.SERVICE_NAME) || service.equals(ImageServiceGrpc.SERVICE_NAME);
        return "vmgauge serves read-only stats of VMs; "
                + (isCri
                        ? "it does not run pods: point what needs "
                                + SafeText.line(String.valueOf(MethodDescriptor.extractBareMethodName(name)))
                                + " at a container runtime such as containerd or CRI-O"
                        : "it has no " + SafeText.line(name) + ", only CRI v1 (runtime.v1), health and reflection");
    }

    /** The message of a declined call is never looked at. */
    private static final class Unread implements MethodDescriptor.Marshaller<InputStream> {
        @Override
        public InputStream stream(InputStream value) {
            return value;
        }

        @Override
        public InputStream parse(InputStream stream) {
            return stream;
        }
    }
}
