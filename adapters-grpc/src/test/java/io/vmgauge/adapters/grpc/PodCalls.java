package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.grpc.Channel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/** What a kubelet asks of a containerd of the lab, through the relay; and the same directly, to compare. */
final class PodCalls {
    static final String RUNTIME = "runtime.v1.RuntimeService/";

    private final Channel through;
    private final Channel direct;
    private final String cgroup;

    /** @param cgroup below which all cgroups of pods belong */
    PodCalls(Channel through, Channel direct, String cgroup) {
        this.through = through;
        this.direct = direct;
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
        return Wire.message()
                .with(1, Wire.message().with(1, "work"))
                .with(2, Wire.message().with(1, "vmgauge.test/busybox:1"))
                .with(3, "/bin/sh")
                .with(3, "-c")
                .with(3, "while :; do sleep 1; done")
                .with(9, "io.kubernetes.pod.name", podName)
                .with(9, "io.kubernetes.pod.uid", "uid-" + podName)
                .with(9, "io.kubernetes.container.name", "work");
    }

    byte[] call(String method, Wire request) {
        return RawCalls.unary(through, RUNTIME + method, request.bytes());
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
        M answer = parsed(RawCalls.unary(through, method, request.bytes()), parser);
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
