package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.ContainerStatusResponse;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatusResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * {@link PodCalls} as a program, for tests of modules that know no gRPC: told the relay's socket, the runtime's and the
 * cgroup of the pods, it answers each line with one line, which begins with "failed: " if it did.
 */
final class PodProgram {
    private final ManagedChannel through;
    private final ManagedChannel direct;
    private final PodCalls calls;

    private PodProgram(Path relay, Path runtime, String cgroup) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        this.through = RelayScenario.connect(relay, loop);
        this.direct = RelayScenario.connect(runtime, loop);
        this.calls = new PodCalls(patient(through), patient(direct), cgroup);
    }

    /** With an end to every call, since nobody can hurry this program from outside. */
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
        PodProgram program = new PodProgram(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2]);
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
            // However it ends, or the connections' threads would go on and somebody would wait for an answer.
            System.exit(0);
        }
    }

    private String answer(String[] words) throws IOException {
        return switch (words[0]) {
            case "start" -> start(words[1]);
            case "compare" -> compare(words[1], words[2]);
            case "untouched" -> untouched(words[1]);
            case "remove" -> remove(words[1], words[2]);
            case "containers" ->
                json(PodCalls.parsed(ask(words[1], "ListContainerStats"), ListContainerStatsResponse.parser()));
            case "pods" ->
                json(PodCalls.parsed(ask(words[1], "ListPodSandboxStats"), ListPodSandboxStatsResponse.parser()));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    private byte[] ask(String way, String method) {
        return way.equals("direct") ? calls.directly(method, Wire.message()) : calls.call(method, Wire.message());
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

    /**
     * Whether a container's entry is the runtime's own: what stands still is the same, fields that we do not know included
     * (but not the bytes, since containerd writes labels in any order), and what moves lies between what the runtime says
     * before and after.
     */
    private String untouched(String container) throws IOException {
        ContainerStats before = entry("direct", container);
        ContainerStats relayed = entry("through", container);
        ContainerStats after = entry("direct", container);
        assertEquals(still(before), still(relayed));
        between(
                before.getCpu().getTimestamp(),
                relayed.getCpu().getTimestamp(),
                after.getCpu().getTimestamp());
        between(cpu(before), cpu(relayed), cpu(after));
        between(
                before.getMemory().getTimestamp(),
                relayed.getMemory().getTimestamp(),
                after.getMemory().getTimestamp());
        return "untouched";
    }

    private ContainerStats entry(String way, String container) {
        return PodCalls.parsed(ask(way, "ListContainerStats"), ListContainerStatsResponse.parser())
                .getStatsList()
                .stream()
                .filter(stats -> stats.getAttributes().getId().equals(container))
                .findAny()
                .orElseThrow();
    }

    private static ContainerStats still(ContainerStats stats) {
        ContainerStats.Builder still = stats.toBuilder().clearCpu().clearMemory();
        if (stats.hasWritableLayer()) {
            still.getWritableLayerBuilder().clearTimestamp();
        }
        return still.build();
    }

    private static long cpu(ContainerStats stats) {
        return stats.getCpu().getUsageCoreNanoSeconds().getValue();
    }

    private static void between(long before, long value, long after) {
        assertTrue(before <= value && value <= after, value + " is not between " + before + " and " + after);
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
