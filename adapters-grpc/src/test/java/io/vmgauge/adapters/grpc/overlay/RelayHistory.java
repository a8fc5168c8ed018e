package io.vmgauge.adapters.grpc.overlay;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.vmgauge.adapters.grpc.FakeQueries;
import io.vmgauge.adapters.grpc.counter.CounterState;
import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerMetrics;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListMetricDescriptorsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxMetricsResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.Metric;
import io.vmgauge.adapters.grpc.cri.MetricDescriptor;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxAttributes;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetrics;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.sample.CpuSample;
import io.vmgauge.domain.sample.Moment;
import io.vmgauge.domain.usage.SampleWindow;
import io.vmgauge.domain.usage.Usage;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One node in a random history, second by second. It has a pod with a container that is a VM and a sidecar, a runtime
 * that accounts for both, a libvirt that may be silent, a relay that may restart, and readers that ask in turn.
 * Nanoseconds begin at {@link FakeQueries#SEEN}; the VM has two vCPUs.
 */
final class RelayHistory {
    static final double VCPUS = 2;
    private static final long SECOND = 1_000_000_000L;
    private static final String CPU = "container_cpu_usage_seconds_total";

    private final Random random;
    private final String seed;
    private final Map<String, ReadSeries> series = new TreeMap<>();

    private long now = 60 * SECOND;
    // The VM.
    private long counter;
    private long life = 1;
    private boolean isRunning = true;
    private SampleWindow<CpuSample> window = SampleWindow.of(3);
    // The runtime's account.
    private int made = 1;
    private long cgroup;
    private final NavigableMap<Long, Long> cgroups = new TreeMap<>();
    private long sidecar = 7 * SECOND;
    private long ended;
    private final NavigableMap<Long, Long> pods = new TreeMap<>();
    // The agent.
    private boolean isSilent;
    private FakeQueries queries = new FakeQueries();
    private RelayedNode node = new RelayedNode(queries);
    private int told;

    RelayHistory(long seed) {
        this.random = new Random(seed);
        this.seed = "seed " + seed;
        // It may have run for long before anybody asked.
        counter = random.nextInt(3) * 500L * SECOND;
        cgroup = random.nextInt(3) * 20L * SECOND + random.nextInt(1_000_000_000);
        account();
        list();
    }

    private String container() {
        return "vm" + made;
    }

    /** How many answers told something of the VM's container. */
    int told() {
        return told;
    }

    void step() {
        pass(random.nextInt(3) == 0 ? random.nextInt(300_000_000) : (long) (random.nextDouble() * 8 * SECOND));
        switch (random.nextInt(40)) {
            case 0 -> restartVm();
            case 1 -> stopVm();
            case 2, 3 -> startVm();
            case 4 -> restartContainer();
            case 5 -> isSilent = true;
            case 6, 7, 8 -> isSilent = false;
            case 9 -> queries.problem(isSilent ? "no round has finished for 30 s" : "");
            case 10 -> restartAgent(random.nextInt(4) > 0);
            case 11, 12, 13 -> learn();
            case 14, 15 -> fetch();
            default -> sample();
        }
        if (!isSilent) {
            queries.problem("");
            list();
        }
        switch (random.nextInt(5)) {
            case 0 -> askMetrics();
            case 1, 2 -> askContainers();
            case 3 -> askPods();
            default -> {}
        }
    }

    private void pass(long nanos) {
        long before = now;
        now += nanos + 1;
        double seconds = now - before;
        counter += isRunning ? (long) (seconds * VCPUS * random.nextInt(3) / 2) : 0;
        cgroup += (long) (seconds * random.nextInt(3) / 4);
        sidecar += (long) (seconds * random.nextInt(2) / 2);
        account();
        sample();
    }

    private void account() {
        cgroups.put(now, cgroup);
        pods.put(now, cgroup + sidecar + ended);
    }

    private void sample() {
        if (isRunning && !isSilent) {
            window = window.plus(new CpuSample(new Moment(FakeQueries.SEEN.plusNanos(now), now), counter));
        }
    }

    private void restartVm() {
        stopVm();
        startVm();
    }

    private void stopVm() {
        isRunning = false;
        window = SampleWindow.of(3);
    }

    private void startVm() {
        if (!isRunning) {
            isRunning = true;
            counter = 0;
            life++;
        }
    }

    private void restartContainer() {
        ended += cgroup;
        cgroup = 0;
        made++;
        cgroups.clear();
        account();
    }

    private void restartAgent(boolean withFile) {
        CounterState.Kept kept = withFile ? node.kept() : CounterState.Kept.NOTHING;
        queries = new FakeQueries();
        queries.problem("no round has finished yet");
        window = SampleWindow.of(3);
        node = new RelayedNode(queries);
        node.restore(kept);
        if (!isSilent) {
            list();
        }
        learn();
        if (!withFile) {
            // Nobody knows what was told: a counter begins anew, from the runtime's.
            series.clear();
        }
    }

    /** What a good round knows. */
    private void list() {
        if (isRunning) {
            Optional<Usage> known = window.answer()
                    .map(answer -> new Usage(
                            Optional.of(new io.vmgauge.domain.usage.CpuUsage(
                                    answer.timestamp(), answer.mean().usageNanos(), OptionalLong.empty())),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty()));
            queries.add(
                    FakeQueries.placement("claimed", "web", "any", Map.of()),
                    "vm-1",
                    life,
                    VmState.RUNNING,
                    known.orElse(FakeQueries.NOTHING));
        } else {
            queries.remove("any");
        }
    }

    private void learn() {
        Container.Builder vm = Container.newBuilder()
                .setId(container())
                .setPodSandboxId("pod")
                .setState(ContainerState.CONTAINER_RUNNING)
                .putLabels("io.kubernetes.pod.uid", "uid-web")
                .putLabels("io.kubernetes.container.name", "vm");
        node.learn(
                ListContainersResponse.newBuilder().addContainers(vm).build(),
                ListPodSandboxResponse.newBuilder()
                        .addItems(PodSandbox.newBuilder().setId("pod").setState(PodSandboxState.SANDBOX_READY))
                        .build());
    }

    /** What the relay wants to know of the runtime comes when it comes. */
    private void fetch() {
        if (node.looks) {
            learn();
        }
        node.stats.ifPresent(then -> then.accept(
                ListContainerStatsResponse.newBuilder().addStats(vms()).build()));
        node.looks = false;
        node.stats = Optional.empty();
    }

    private ContainerStats.Builder vms() {
        return OverlayScenario.told(container(), now / 1e9, cgroup).setCpu(cpu(cgroup));
    }

    private CpuUsage.Builder cpu(long nanos) {
        return CpuUsage.newBuilder()
                .setTimestamp(Timestamps.nanos(FakeQueries.SEEN) + now)
                .setUsageCoreNanoSeconds(UsageMapping.value(nanos));
    }

    private void askContainers() {
        ListContainerStatsResponse answer = asked(
                "ListContainerStats",
                ListContainerStatsResponse.newBuilder().addStats(vms()).build(),
                ListContainerStatsResponse.getDefaultInstance());
        read("container " + container(), answer.getStats(0).getCpu(), cgroups, 0);
    }

    private void askPods() {
        LinuxPodSandboxStats.Builder linux = LinuxPodSandboxStats.newBuilder()
                .setCpu(cpu(cgroup + sidecar + ended))
                .addContainers(vms())
                .addContainers(
                        OverlayScenario.told("sidecar", now / 1e9, sidecar).setCpu(cpu(sidecar)));
        PodSandboxStats pod = PodSandboxStats.newBuilder()
                .setAttributes(PodSandboxAttributes.newBuilder().setId("pod"))
                .setLinux(linux)
                .build();
        LinuxPodSandboxStats answer = asked(
                        "ListPodSandboxStats",
                        ListPodSandboxStatsResponse.newBuilder().addStats(pod).build(),
                        ListPodSandboxStatsResponse.getDefaultInstance())
                .getStats(0)
                .getLinux();
        read("container " + container(), answer.getContainers(0).getCpu(), cgroups, 0);
        read("pod", answer.getCpu(), pods, 0);
    }

    private void askMetrics() {
        Metric whole = Metric.newBuilder()
                .setName(CPU)
                .setTimestamp(Timestamps.nanos(FakeQueries.SEEN) + now)
                .addLabelValues("total")
                .addLabelValues(container())
                .setValue(UsageMapping.value(cgroup / SECOND))
                .build();
        Metric answer = asked(
                        "ListPodSandboxMetrics",
                        ListPodSandboxMetricsResponse.newBuilder()
                                .addPodMetrics(PodSandboxMetrics.newBuilder()
                                        .setPodSandboxId("pod")
                                        .addContainerMetrics(ContainerMetrics.newBuilder()
                                                .setContainerId(container())
                                                .addMetrics(whole)))
                                .build(),
                        ListPodSandboxMetricsResponse.getDefaultInstance())
                .getPodMetrics(0)
                .getContainerMetrics(0)
                .getMetrics(0);
        CpuUsage cpu = CpuUsage.newBuilder()
                .setTimestamp(answer.getTimestamp())
                .setUsageCoreNanoSeconds(UsageMapping.value(answer.getValue().getValue() * SECOND))
                .build();
        read("metrics " + container(), cpu, cgroups, SECOND);
    }

    private <M extends Message> M asked(String method, M answer, M type) {
        byte[] relayed = node.relayed(method, answer);
        // An answer takes the window.
        window = window.taken();
        try {
            @SuppressWarnings("unchecked")
            M parsed = (M) type.getParserForType().parseFrom(relayed);
            return parsed;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private void read(String name, CpuUsage cpu, NavigableMap<Long, Long> account, long grain) {
        told++;
        series.computeIfAbsent(name, unknown -> new ReadSeries(seed + ", " + name, grain))
                .read(
                        cpu.getTimestamp() - Timestamps.nanos(FakeQueries.SEEN),
                        cpu.getUsageCoreNanoSeconds().getValue(),
                        now,
                        account);
    }

    /** One life of the relay's overlay. */
    private static final class RelayedNode {
        boolean looks;
        Optional<Consumer<ListContainerStatsResponse>> stats = Optional.empty();
        private final ContainerBindings bindings;
        private final Overlay overlay;

        RelayedNode(FakeQueries queries) {
            MetricsMerge metrics = new MetricsMerge(true);
            metrics.learn(ListMetricDescriptorsResponse.newBuilder()
                    .addDescriptors(MetricDescriptor.newBuilder()
                            .setName(CPU)
                            .addLabelKeys("cpu")
                            .addLabelKeys("id"))
                    .build());
            bindings = new ContainerBindings(queries);
            overlay = new Overlay(
                    queries, bindings, metrics, then -> looks = true, then -> {}, then -> stats = Optional.of(then));
        }

        void learn(ListContainersResponse containers, ListPodSandboxResponse all) {
            overlay.learn(containers, all);
        }

        CounterState.Kept kept() {
            return bindings.kept();
        }

        void restore(CounterState.Kept kept) {
            bindings.restore(kept);
        }

        byte[] relayed(String method, Message answer) {
            return OverlayScenario.relayed(overlay, method, answer.toByteArray());
        }
    }
}
