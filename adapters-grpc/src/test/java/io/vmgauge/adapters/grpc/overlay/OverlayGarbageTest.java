package io.vmgauge.adapters.grpc.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Status;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.Mutation;
import io.vmgauge.adapters.grpc.RelayScenario;
import io.vmgauge.adapters.grpc.TappedCall;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.FilesystemUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.VmState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Answers that are nearly right. One container of the runtime is a VM. Each answer is overlaid where it may be or goes
 * on as it came, and none stops the next.
 *
 * <p>Long because the nine answers have four shapes, each with its own rule of what must not change.
 */
class OverlayGarbageTest {
    private static final int SPOILT = 100_000;
    private static final int IN_ONE_CALL = 100;
    private static final long SEED = 20261124;
    private static final String RUNTIME = "runtime.v1.RuntimeService/";
    private static final String DESCRIPTORS = "ListMetricDescriptors";
    private static final String CPU = "container_cpu_usage_seconds_total";
    /** The entries are field 1 in each of these answers. */
    private static final int ENTRY = 1 << 3 | 2;

    /** What the runtime said, and what became of it. */
    private record Passed(String method, ByteString answer, ByteString arrived) {}

    private record Field(int tag, ByteString bytes) {}

    private final RelayScenario relay = new RelayScenario();
    private final Map<String, byte[]> answers = new LinkedHashMap<>();

    @BeforeEach
    void aVmAndItsNeighbour() {
        relay.queries.add(FakeQueries.placement("any", "web", "vm", Map.of()), VmState.RUNNING, FakeQueries.FULL);
        ListContainersResponse.Builder containers = ListContainersResponse.newBuilder();
        for (String id : List.of("vm", "sidecar")) {
            containers.addContainers(
                    Container.newBuilder().setId(id).setPodSandboxId("pod").setState(ContainerState.CONTAINER_RUNNING));
        }
        byte[] listed = containers.build().toByteArray();
        relay.runtime.answer(RUNTIME + "ListContainers", request -> listed);
        byte[] pods = ListPodSandboxResponse.newBuilder()
                .addItems(PodSandbox.newBuilder().setId("pod"))
                .build()
                .toByteArray();
        relay.runtime.answer(RUNTIME + "ListPodSandbox", request -> pods);
        byte[] stats = ListContainerStatsResponse.newBuilder()
                .addStats(stats("sidecar"))
                .addStats(stats("vm"))
                .build()
                .toByteArray();
        byte[] podStats =
                ListPodSandboxStatsResponse.newBuilder().addStats(pod()).build().toByteArray();
        byte[] metrics = ListPodSandboxMetricsResponse.newBuilder()
                .addPodMetrics(metrics())
                .build()
                .toByteArray();
        for (String method : List.of("ContainerStats", "ListContainerStats", "StreamContainerStats")) {
            answers.put(method, stats);
        }
        for (String method : List.of("PodSandboxStats", "ListPodSandboxStats", "StreamPodSandboxStats")) {
            answers.put(method, podStats);
        }
        answers.put("ListPodSandboxMetrics", metrics);
        answers.put("StreamPodSandboxMetrics", metrics);
        answers.put(DESCRIPTORS, descriptors());
        // The test's answers go to the test's calls. The relay's own calls get good answers.
        answers.forEach((method, good) ->
                relay.runtime.answer(RUNTIME + method, request -> request.length == 0 ? good : request));
        areOverlaid();
    }

    @AfterEach
    void close() {
        relay.close();
    }

    private static ContainerStats stats(String id) {
        return ContainerStats.newBuilder()
                .setAttributes(ContainerAttributes.newBuilder()
                        .setId(id)
                        .setMetadata(ContainerMetadata.newBuilder().setName(id))
                        .putLabels("io.kubernetes.pod.uid", "uid-web"))
                .setCpu(CpuUsage.newBuilder()
                        .setTimestamp(7)
                        .setUsageCoreNanoSeconds(UsageMapping.value(5))
                        .setUsageNanoCores(UsageMapping.value(3)))
                .setMemory(MemoryUsage.newBuilder().setTimestamp(7).setWorkingSetBytes(UsageMapping.value(1 << 20)))
                .setWritableLayer(FilesystemUsage.newBuilder().setTimestamp(7).setUsedBytes(UsageMapping.value(4096)))
                .build();
    }

    private static PodSandboxStats pod() {
        return PodSandboxStats.newBuilder()
                .setAttributes(PodSandboxAttributes.newBuilder().setId("pod"))
                .setLinux(LinuxPodSandboxStats.newBuilder()
                        .setCpu(CpuUsage.newBuilder().setTimestamp(7).setUsageCoreNanoSeconds(UsageMapping.value(11)))
                        .addContainers(stats("sidecar"))
                        .addContainers(stats("vm")))
                .build();
    }

    private static PodSandboxMetrics metrics() {
        PodSandboxMetrics.Builder metrics = PodSandboxMetrics.newBuilder().setPodSandboxId("pod");
        for (String id : List.of("sidecar", "vm")) {
            metrics.addContainerMetrics(ContainerMetrics.newBuilder()
                    .setContainerId(id)
                    .addMetrics(Metric.newBuilder()
                            .setName(CPU)
                            .setTimestamp(7)
                            .addAllLabelValues(List.of("work", id))
                            .setValue(UsageMapping.value(2))));
        }
        return metrics.build();
    }

    private static byte[] descriptors() {
        return ListMetricDescriptorsResponse.newBuilder()
                .addDescriptors(MetricDescriptor.newBuilder()
                        .setName(CPU)
                        .setHelp("CPU time")
                        .addAllLabelKeys(List.of("container", "id")))
                .build()
                .toByteArray();
    }

    /** One call for all of them, since the relay takes each message of each call for an answer. */
    private List<Passed> pass(String method, List<byte[]> answers) {
        TappedCall call = new TappedCall(relay.through, RUNTIME + method).takeAll();
        answers.forEach(call.call::sendMessage);
        call.call.halfClose();
        assertEquals(Status.Code.OK, call.code(), method);
        assertEquals(answers.size(), call.messages.size(), method);
        return answers.stream()
                .map(answer -> new Passed(method, ByteString.copyFrom(answer), ByteString.copyFrom(call.next())))
                .toList();
    }

    private void areOverlaid() {
        answers.forEach((method, good) -> RelayScenario.eventually(
                method + " is overlaid",
                () -> isOverlaid(pass(method, List.of(good)).get(0))));
    }

    @Test
    void aHundredThousandSpoiltAnswersAreOverlaidRightOrGoOnAsTheyCame() {
        System.out.println("answers spoilt with seed " + SEED);
        Mutation mutation = new Mutation(new Random(SEED));
        Map<String, Integer> overlaid = new TreeMap<>();
        for (int done = 0; done < SPOILT; done += answers.size() * IN_ONE_CALL) {
            answers.forEach((method, good) -> {
                List<byte[]> spoilt = Stream.generate(() -> mutation.of(good))
                        .limit(IN_ONE_CALL)
                        .toList();
                pass(method, spoilt)
                        .forEach(passed -> overlaid.merge(method, isOverlaid(passed) ? 1 : 0, Integer::sum));
            });
        }
        System.out.println("spoilt answers that were overlaid: " + overlaid);
        // Or the test has only seen what is not looked into.
        overlaid.forEach((method, count) -> assertTrue(count > 100, () -> method + " of " + overlaid));
        areOverlaid();
    }

    private static boolean isOverlaid(Passed passed) {
        if (passed.answer.equals(passed.arrived)) {
            return false;
        }
        try {
            if (passed.method.equals(DESCRIPTORS)) {
                isLonger(passed.answer, passed.arrived);
            } else {
                isTheSameButForTheVm(passed);
            }
            return true;
        } catch (IOException | AssertionError e) {
            HexFormat hex = HexFormat.of();
            throw new AssertionError(
                    passed.method + ": " + hex.formatHex(passed.answer.toByteArray()) + " became "
                            + hex.formatHex(passed.arrived.toByteArray()),
                    e);
        }
    }

    private static void isLonger(ByteString answer, ByteString arrived) throws InvalidProtocolBufferException {
        assertTrue(arrived.startsWith(answer));
        int before = ListMetricDescriptorsResponse.parseFrom(answer).getDescriptorsCount();
        assertTrue(ListMetricDescriptorsResponse.parseFrom(arrived).getDescriptorsCount() > before);
    }

    private static void isTheSameButForTheVm(Passed passed) throws IOException {
        List<Field> before = fields(passed.answer);
        List<Field> after = fields(passed.arrived);
        assertEquals(before.size(), after.size());
        for (int i = 0; i < before.size(); i++) {
            Field one = before.get(i);
            Field other = after.get(i);
            assertEquals(one.tag, other.tag);
            if (!one.equals(other)) {
                assertEquals(ENTRY, one.tag);
                isTheSameButForTheVm(passed.method, one.bytes, other.bytes);
            }
        }
    }

    /** What a message is made of. Fails if it is none. */
    private static List<Field> fields(ByteString message) throws IOException {
        CodedInputStream in = message.newCodedInput();
        List<Field> fields = new ArrayList<>();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == ENTRY) {
                fields.add(new Field(tag, in.readBytes()));
            } else {
                UnknownFieldSet.Builder other = UnknownFieldSet.newBuilder();
                assertTrue(other.mergeFieldFrom(tag, in), "it ends a group that never began");
                fields.add(new Field(tag, other.build().toByteString()));
            }
        }
        return fields;
    }

    private static void isTheSameButForTheVm(String method, ByteString before, ByteString after)
            throws InvalidProtocolBufferException {
        if (method.endsWith("Metrics")) {
            isTheSameButForTheVm(PodSandboxMetrics.parseFrom(before), PodSandboxMetrics.parseFrom(after));
        } else if (method.contains("Pod")) {
            isTheSameButForTheVm(PodSandboxStats.parseFrom(before), PodSandboxStats.parseFrom(after));
        } else {
            assertEquals("vm", ContainerStats.parseFrom(before).getAttributes().getId());
            isTheSameButForTheVm(ContainerStats.parseFrom(before), ContainerStats.parseFrom(after));
        }
    }

    private static void isTheSameButForTheVm(ContainerStats before, ContainerStats after) {
        if (before.getAttributes().getId().equals("vm")) {
            // What kubelets crash without is there afterwards.
            ContainerAttributes.Builder who = before.getAttributes().toBuilder();
            assertTrue(after.getAttributes().hasMetadata());
            assertEquals(
                    who.hasMetadata()
                            ? who.build()
                            : who.setMetadata(after.getAttributes().getMetadata())
                                    .build(),
                    after.getAttributes());
            assertEquals(before.getUnknownFields(), after.getUnknownFields());
        } else {
            assertEquals(before, after);
        }
    }

    private static void isTheSameButForTheVm(PodSandboxStats before, PodSandboxStats after) {
        assertEquals(before.getAttributes(), after.getAttributes());
        assertEquals(before.getUnknownFields(), after.getUnknownFields());
        List<ContainerStats> containers = before.getLinux().getContainersList();
        assertEquals(containers.size(), after.getLinux().getContainersCount());
        for (int i = 0; i < containers.size(); i++) {
            isTheSameButForTheVm(containers.get(i), after.getLinux().getContainers(i));
        }
    }

    private static void isTheSameButForTheVm(PodSandboxMetrics before, PodSandboxMetrics after) {
        assertEquals(before.getPodSandboxId(), after.getPodSandboxId());
        assertEquals(before.getUnknownFields(), after.getUnknownFields());
        assertEquals(before.getContainerMetricsCount(), after.getContainerMetricsCount());
        for (int i = 0; i < before.getContainerMetricsCount(); i++) {
            ContainerMetrics one = before.getContainerMetrics(i);
            ContainerMetrics other = after.getContainerMetrics(i);
            assertEquals(one.getContainerId(), other.getContainerId());
            if (!one.getContainerId().equals("vm")) {
                assertEquals(one, other);
            }
        }
    }
}
