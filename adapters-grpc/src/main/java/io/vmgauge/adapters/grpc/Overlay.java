package io.vmgauge.adapters.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.RuntimeServiceGrpc;
import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.Usage;
import io.vmgauge.ports.inbound.KnownVm;
import io.vmgauge.ports.inbound.Selection;
import io.vmgauge.ports.inbound.UsageQueries;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts VMs' own numbers into the runtime's stats where a container is a VM. It adds, drops and reorders nothing; what
 * is not of a VM goes on as the bytes that came, and so does the whole answer if anything here fails. Used on the event
 * loop only.
 *
 * <p>Long because containers and pods come in four answers, of two shapes each; the numbers themselves are {@link Merge}'s.
 */
final class Overlay {
    private static final Logger log = LoggerFactory.getLogger(Overlay.class);
    // In all four answers the stats, one or many, are field 1.
    private static final int STATS =
            ListContainerStatsResponse.STATS_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private final UsageQueries queries;
    private final Bindings bindings;
    private final Runnable lookAgain;
    private final Map<String, Served> served = new HashMap<>();
    private boolean failed;

    /** @param lookAgain teaches the bindings what the runtime runs, soon */
    Overlay(UsageQueries queries, Bindings bindings, Runnable lookAgain) {
        this.queries = queries;
        this.bindings = bindings;
        this.lookAgain = lookAgain;
    }

    /** What becomes of the answers of a method; most stay what they are. */
    UnaryOperator<InputStream> of(String method) {
        if (method.equals(RuntimeServiceGrpc.getContainerStatsMethod().getFullMethodName())
                || method.equals(
                        RuntimeServiceGrpc.getListContainerStatsMethod().getFullMethodName())) {
            return answer -> overlaid(answer, this::containers);
        }
        if (method.equals(RuntimeServiceGrpc.getPodSandboxStatsMethod().getFullMethodName())
                || method.equals(
                        RuntimeServiceGrpc.getListPodSandboxStatsMethod().getFullMethodName())) {
            return answer -> overlaid(answer, this::pods);
        }
        return UnaryOperator.identity();
    }

    private interface Rewriting {
        byte[] of(byte[] answer) throws IOException;
    }

    private InputStream overlaid(InputStream answer, Rewriting rewriting) {
        byte[] original;
        try (answer) {
            original = answer.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            served.keySet().retainAll(bindings.bound());
            return new ByteArrayInputStream(rewriting.of(original));
        } catch (IOException | RuntimeException e) {
            if (!failed) {
                failed = true;
                log.error("an answer could not be overlaid and goes on as it came; this is logged once", e);
            }
            return new ByteArrayInputStream(original);
        }
    }

    private byte[] containers(byte[] answer) throws IOException {
        List<KnownVm> running = bindings.running();
        if (running.isEmpty() && bindings.bound().isEmpty()) {
            return answer;
        }
        Map<String, Usage> usages = byContainer(queries.containers(Selection.ALL).stream());
        return spliced(answer, entry -> {
            ContainerStats base = ContainerStats.parseFrom(entry);
            ContainerStats merged = container(base, usages, running);
            return merged.equals(base) ? entry : merged.toByteString();
        });
    }

    private byte[] pods(byte[] answer) throws IOException {
        List<KnownVm> running = bindings.running();
        if (running.isEmpty() && bindings.bound().isEmpty()) {
            return answer;
        }
        Map<String, Usage> usages =
                byContainer(queries.sandboxes(Selection.ALL).stream().flatMap(pod -> pod.containers().stream()));
        return spliced(answer, entry -> {
            PodSandboxStats base = PodSandboxStats.parseFrom(entry);
            PodSandboxStats merged = pod(base, usages, running);
            return merged.equals(base) ? entry : merged.toByteString();
        });
    }

    private static Map<String, Usage> byContainer(Stream<ContainerUsage> all) {
        return all.collect(Collectors.toMap(one -> one.placement().container().value(), ContainerUsage::usage));
    }

    private ContainerStats container(ContainerStats base, Map<String, Usage> usages, List<KnownVm> running) {
        return vm(base, usages, running).map(vm -> Merge.container(base, vm)).orElse(base);
    }

    /** What to say of a container: absent if it is no VM, or nothing is known of it yet. */
    private Optional<Usage> vm(ContainerStats base, Map<String, Usage> usages, List<KnownVm> running) {
        String id = base.getAttributes().getId();
        Optional<String> vm = bindings.vmOf(id);
        if (vm.isEmpty()) {
            if (Bindings.mayBe(base.getAttributes(), running)) {
                lookAgain.run();
            }
            return Optional.empty();
        }
        Usage now = usages.get(vm.get());
        if (now == null) {
            // It ended, or came back under another name: while the container still runs it keeps its last numbers.
            lookAgain.run();
            now = new Usage(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }
        Usage said = served.computeIfAbsent(id, container -> new Served())
                .next(now, base.getCpu().getUsageCoreNanoSeconds().getValue());
        return said.isEmpty() ? Optional.empty() : Optional.of(said);
    }

    private PodSandboxStats pod(PodSandboxStats base, Map<String, Usage> usages, List<KnownVm> running) {
        List<ContainerStats> before = base.getLinux().getContainersList();
        List<ContainerStats> after = new ArrayList<>();
        LinuxPodSandboxStats.Builder linux = base.getLinux().toBuilder();
        boolean isTouched = false;
        for (int i = 0; i < before.size(); i++) {
            ContainerStats container = before.get(i);
            Optional<Usage> vm = vm(container, usages, running);
            after.add(vm.map(usage -> Merge.container(container, usage)).orElse(container));
            linux.setContainers(i, after.get(i));
            vm.flatMap(UsageMapping::network).ifPresent(network -> Merge.network(linux, network));
            isTouched |= vm.isPresent();
        }
        if (!isTouched) {
            return base;
        }
        Merge.totals(linux, before, after);
        return base.toBuilder().setLinux(linux).build();
    }

    private interface Entry {
        ByteString of(ByteString entry) throws InvalidProtocolBufferException;
    }

    /** The answer with each of its entries put through the function, all else as it came, in the order it came. */
    private static byte[] spliced(byte[] answer, Entry entry) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(answer);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(answer.length + 1024);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        boolean isTouched = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == STATS) {
                ByteString before = in.readBytes();
                ByteString after = entry.of(before);
                isTouched |= !after.equals(before);
                out.writeBytes(ListContainerStatsResponse.STATS_FIELD_NUMBER, after);
            } else {
                UnknownFieldSet.Builder other = UnknownFieldSet.newBuilder();
                other.mergeFieldFrom(tag, in);
                other.build().writeTo(out);
            }
        }
        out.flush();
        return isTouched ? bytes.toByteArray() : answer;
    }
}
