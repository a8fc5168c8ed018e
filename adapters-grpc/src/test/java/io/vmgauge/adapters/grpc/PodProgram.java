package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.vmgauge.adapters.grpc.cri.ContainerStatusResponse;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import io.vmgauge.adapters.grpc.cri.StatusResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * {@link PodCalls} as a program, for tests of modules that know no gRPC. Its arguments are the relay's socket, the
 * runtime's, the cgroup of the pods, and a socket for the tee between both. It answers each line with one line, which
 * begins with "failed: " if the call failed.
 */
final class PodProgram {
    private final ManagedChannel through;
    private final ManagedChannel direct;
    private final PodCalls calls;

    private PodProgram(Path relay, Path runtime, String cgroup, Path tee) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        this.through = RelayScenario.connect(relay, loop);
        this.direct = RelayScenario.connect(runtime, loop);
        this.calls = new PodCalls(patient(through), patient(direct), Optional.of(new Tee(tee, runtime)), cgroup);
    }

    /** Every call has a deadline, since nobody can hurry this program from outside. */
    private static Channel patient(Channel way) {
        return ClientInterceptors.intercept(way, new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                return next.newCall(method, options.withDeadlineAfter(60, TimeUnit.SECONDS));
            }
        });
    }

    public static void main(String[] arguments) throws IOException {
        PodProgram program =
                new PodProgram(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2], Path.of(arguments[3]));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String answer;
                try {
                    answer = program.answer(line.split(" ", -1));
                } catch (AssertionError | IOException | RuntimeException e) {
                    answer = "failed: " + e;
                }
                System.out.println(answer.replace('\n', ' '));
            }
        } finally {
            // However the program ends: otherwise the connections' threads would go on, and somebody would wait for an
            // answer.
            System.exit(0);
        }
    }

    private String answer(String[] words) throws IOException {
        return switch (words[0]) {
            case "ready" -> "ready";
            case "start" -> start(words[1]);
            case "restart" -> restart(words[1], words[2], words[3]);
            case "details" ->
                json(PodCalls.parsed(ask(words[1], "Status", Wire.message().with(1, 1)), StatusResponse.parser()));
            case "compare" -> compare(words[1], words[2]);
            case "untouched" -> untouched(words[1]);
            case "changed" -> changed(words[1]);
            case "remove" -> remove(words[1], words[2]);
            case "containers" ->
                json(PodCalls.parsed(ask(words[1], "ListContainerStats"), ListContainerStatsResponse.parser()));
            case "pods" ->
                json(PodCalls.parsed(ask(words[1], "ListPodSandboxStats"), ListPodSandboxStatsResponse.parser()));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private byte[] ask(String way, String method) {
        return ask(way, method, Wire.message());
    }

    private byte[] ask(String way, String method, Wire request) {
        return way.equals("direct") ? calls.directly(method, request) : calls.overlaid(method, request);
    }

    private static String json(Message message) throws InvalidProtocolBufferException {
        return JsonFormat.printer().omittingInsignificantWhitespace().print(message);
    }

    /** The ids of a pod and of its container, which runs. */
    private String start(String name) {
        Wire pod = calls.pod(name);
        String sandbox = calls.run(pod);
        String container = calls.create(sandbox, PodCalls.container(name), pod);
        calls.call("StartContainer", Wire.message().with(1, container));
        return sandbox + " " + container;
    }

    /** The id of the container that runs in its place. */
    private String restart(String name, String sandbox, String container) {
        calls.call("StopContainer", Wire.message().with(1, container));
        String next = calls.create(sandbox, PodCalls.container(name, 1), calls.pod(name));
        calls.call("StartContainer", Wire.message().with(1, next));
        return next;
    }

    /** Whether all that a runtime says of a pod is the same either way; and what a command in it says. */
    private String compare(String sandbox, String container) {
        calls.same(PodCalls.RUNTIME + "ListContainers", Wire.message(), ListContainersResponse.parser());
        calls.same(PodCalls.RUNTIME + "ListPodSandbox", Wire.message(), ListPodSandboxResponse.parser());
        calls.same(
                PodCalls.RUNTIME + "ContainerStatus",
                Wire.message().with(1, container),
                ContainerStatusResponse.parser());
        calls.same(
                PodCalls.RUNTIME + "PodSandboxStatus",
                Wire.message().with(1, sandbox),
                PodSandboxStatusResponse.parser());
        Wire exec = Wire.message().with(1, container).with(2, "/bin/sh").with(2, "-c");
        exec.with(2, "echo heard; echo wrong >&2; exit 3");
        byte[] executed = calls.call("ExecSync", exec);
        assertArrayEquals(calls.directly("ExecSync", exec), executed);
        return Wire.text(executed, 1).strip() + " " + Wire.text(executed, 2).strip();
    }

    /** Whether a container's entry is the runtime's own, byte for byte. */
    private String untouched(String container) {
        Set<String> changed = calls.changed("ListContainerStats");
        assertTrue(told("ListContainerStats", container), "the container is not told of");
        assertFalse(changed.contains(container), changed::toString);
        return "untouched";
    }

    /** Which containers, or pods, are told of in other bytes than the runtime's. */
    private String changed(String method) {
        return String.join(" ", new TreeSet<>(calls.changed(method)));
    }

    private boolean told(String method, String id) {
        return PodCalls.parsed(ask("through", method), ListContainerStatsResponse.parser()).getStatsList().stream()
                .anyMatch(stats -> stats.getAttributes().getId().equals(id));
    }

    private String remove(String sandbox, String container) {
        Wire id = Wire.message().with(1, container);
        calls.call("StopContainer", id);
        calls.call("RemoveContainer", id);
        calls.remove(sandbox);
        Status relayed = status(through, id);
        Status told = status(direct, id);
        assertEquals(Status.Code.NOT_FOUND, relayed.getCode());
        assertEquals(told.getDescription(), relayed.getDescription());
        calls.same(PodCalls.RUNTIME + "ListPodSandbox", Wire.message(), ListPodSandboxResponse.parser());
        return "removed";
    }

    private static Status status(ManagedChannel way, Wire container) {
        return new TappedCall(way, PodCalls.RUNTIME + "ContainerStatus")
                .takeAll()
                .send(container.bytes())
                .ended()
                .status();
    }
}
