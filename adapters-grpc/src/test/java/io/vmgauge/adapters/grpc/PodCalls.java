package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a kubelet asks of a containerd of the lab, through the relay and directly, to compare. With a tee between relay
 * and containerd it checks that each call came out as it went in.
 */
final class PodCalls {
    static final String RUNTIME = "runtime.v1.RuntimeService/";

    private static final Metadata.Key<String> TAG = Metadata.Key.of(Tee.TAG, Metadata.ASCII_STRING_MARSHALLER);
    private static final int FRAME_BYTES = 5;
    private static final AtomicInteger tags = new AtomicInteger();

    private final Channel through;
    private final Channel direct;
    private final Optional<Tee> tee;
    private final String cgroup;

    /** Both as they went over a socket. */
    private record Told(ByteString relayed, ByteString recorded) {
        byte[] answer() {
            return unframed(relayed);
        }

        private static byte[] unframed(ByteString framed) {
            return framed.substring(FRAME_BYTES).toByteArray();
        }
    }

    /** @param cgroup the parent of all cgroups of pods */
    PodCalls(Channel through, Channel direct, Optional<Tee> tee, String cgroup) {
        this.through = through;
        this.direct = direct;
        this.tee = tee;
        this.cgroup = cgroup;
    }

    /** How to make that pod; its uid is "uid-" and its name. */
    Wire pod(String name) {
        return Wire.message()
                .with(1, Wire.message().with(1, name).with(2, "uid-" + name).with(3, "shop"))
                .with(6, "io.kubernetes.pod.name", name)
                .with(6, "io.kubernetes.pod.uid", "uid-" + name)
                .with(6, "io.kubernetes.pod.namespace", "shop")
                .with(
                        8,
                        Wire.message()
                                .with(1, cgroup + "/" + name)
                                // The network of the node.
                                .with(2, Wire.message().with(1, Wire.message().with(1, 2))));
    }

    /** How to make the container "work" of that pod. */
    static Wire container(String podName) {
        return container(podName, 0);
    }

    /** Likewise, after so many that ended. */
    static Wire container(String podName, int attempt) {
        return Wire.message()
                .with(1, Wire.message().with(1, "work").with(2, attempt))
                .with(2, Wire.message().with(1, "vmgauge.test/busybox:1"))
                .with(3, "/bin/sh")
                .with(3, "-c")
                .with(3, "while :; do sleep 1; done")
                .with(9, "io.kubernetes.pod.name", podName)
                .with(9, "io.kubernetes.pod.uid", "uid-" + podName)
                .with(9, "io.kubernetes.container.name", "work");
    }

    /** Fails if it is not byte for byte the call that reached the runtime, or the answer not the one that left it. */
    byte[] call(String method, Wire request) {
        return through(RUNTIME + method, request);
    }

    /** @param method with its service */
    byte[] through(String method, Wire request) {
        Told told = told(method, request);
        if (tee.isPresent()) {
            assertEquals(told.recorded, told.relayed, method);
        }
        return told.answer();
    }

    private Told told(String method, Wire request) {
        String tag = "call-" + tags.incrementAndGet();
        Metadata headers = new Metadata();
        headers.put(TAG, tag);
        byte[] relayed = RawCalls.unary(
                ClientInterceptors.intercept(through, MetadataUtils.newAttachHeadersInterceptor(headers)),
                method,
                request.bytes());
        if (tee.isEmpty()) {
            return new Told(framed(relayed), framed(relayed));
        }
        Tee.Exchange exchange = tee.get().exchange(tag);
        assertEquals(framed(request.bytes()), ByteString.copyFrom(exchange.request()), method);
        return new Told(framed(relayed), ByteString.copyFrom(exchange.answer()));
    }

    /** As gRPC sends a message: whether it is compressed, its length, and itself. */
    private static ByteString framed(byte[] message) {
        return ByteString.copyFrom(ByteBuffer.allocate(FRAME_BYTES + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array());
    }

    /** Likewise, for answers that the relay looks into. */
    byte[] overlaid(String method, Wire request) {
        return told(RUNTIME + method, request).answer();
    }

    /** The ids of those in a list of stats whose entries are not, byte for byte, what the runtime said in that very answer. */
    Set<String> changed(String method) {
        Told told = told(RUNTIME + method, Wire.message());
        List<ByteString> before = Wire.all(Told.unframed(told.recorded), 1);
        List<ByteString> after = Wire.all(told.answer(), 1);
        assertEquals(ids(before), ids(after), method);
        Set<String> changed = new HashSet<>(ids(before));
        for (int i = 0; i < before.size(); i++) {
            if (before.get(i).equals(after.get(i))) {
                changed.remove(ids(before).get(i));
            }
        }
        return changed;
    }

    /** Of whom a list of stats tells. */
    List<String> ids(String method) {
        return ids(Wire.all(overlaid(method, Wire.message()), 1));
    }

    /** Of containers' and pods' stats alike the id is the first of the attributes, which come first. */
    private static List<String> ids(List<ByteString> entries) {
        return entries.stream()
                .map(entry -> Wire.text(Wire.all(entry.toByteArray(), 1).get(0).toByteArray(), 1))
                .toList();
    }

    byte[] directly(String method, Wire request) {
        return RawCalls.unary(direct, RUNTIME + method, request.bytes());
    }

    String run(Wire pod) {
        return Wire.text(call("RunPodSandbox", Wire.message().with(1, pod)), 1);
    }

    String create(String sandbox, Wire container, Wire pod) {
        return Wire.text(
                call(
                        "CreateContainer",
                        Wire.message().with(1, sandbox).with(2, container).with(3, pod)),
                1);
    }

    void remove(String sandbox) {
        call("StopPodSandbox", Wire.message().with(1, sandbox));
        call("RemovePodSandbox", Wire.message().with(1, sandbox));
    }

    /**
     * Both answers as messages, unknown fields included, and lists in any order: containerd's own answers differ in
     * the order of lists and maps.
     */
    <M extends Message> M same(String method, Wire request, Parser<M> parser) {
        M answer = parsed(through(method, request), parser);
        M expected = parsed(RawCalls.unary(direct, method, request.bytes()), parser);
        assertEquals(unordered(expected), unordered(answer), method);
        return answer;
    }

    private static Object unordered(Message message) {
        Map<Object, Object> fields = new HashMap<>();
        message.getAllFields()
                .forEach((field, value) ->
                        fields.put(field.getName(), value instanceof List<?> list ? new HashSet<>(list) : value));
        fields.put("unknown", message.getUnknownFields());
        return fields;
    }

    static <M extends Message> M parsed(byte[] bytes, Parser<M> parser) {
        try {
            return parser.parseFrom(bytes);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
