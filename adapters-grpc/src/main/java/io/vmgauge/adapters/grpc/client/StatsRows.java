package io.vmgauge.adapters.grpc.client;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.CpuUsage;
import io.vmgauge.adapters.grpc.cri.ListContainerStatsResponse;
import io.vmgauge.adapters.grpc.cri.ListContainersResponse;
import io.vmgauge.adapters.grpc.cri.ListPodSandboxStatsResponse;
import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.adapters.grpc.cri.PodSandboxStats;
import io.vmgauge.adapters.grpc.cri.UInt64Value;
import io.vmgauge.adapters.grpc.labels.KubernetesLabels;
import io.vmgauge.ports.spi.StatsRow;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * CRI's answers as rows for people: the stats of each container, with the network of its pod and the labels of its list
 * entry.
 */
final class StatsRows {
    private final Map<String, NetworkUsage> networkBySandbox = new HashMap<>();
    private final Map<String, NetworkUsage> networkByContainer = new HashMap<>();
    private final Map<String, Container> containers = new HashMap<>();

    StatsRows(ListPodSandboxStatsResponse pods, ListContainersResponse listed) {
        for (PodSandboxStats pod : pods.getStatsList()) {
            if (pod.getLinux().hasNetwork()) {
                NetworkUsage network = pod.getLinux().getNetwork();
                networkBySandbox.put(pod.getAttributes().getId(), network);
                pod.getLinux()
                        .getContainersList()
                        .forEach(c -> networkByContainer.put(c.getAttributes().getId(), network));
            }
        }
        listed.getContainersList().forEach(container -> containers.put(container.getId(), container));
    }

    List<StatsRow> of(ListContainerStatsResponse stats) {
        return stats.getStatsList().stream().map(this::row).toList();
    }

    private StatsRow row(ContainerStats stats) {
        ContainerAttributes who = stats.getAttributes();
        CpuUsage cpu = stats.getCpu();
        Optional<NetworkUsage> network = network(who.getId());
        return new StatsRow(
                label(who, KubernetesLabels.POD_NAMESPACE),
                label(who, KubernetesLabels.POD_NAME),
                who.getMetadata().getName(),
                who.getId(),
                cpu.getTimestamp() == 0 ? Optional.empty() : Optional.of(Instant.EPOCH.plusNanos(cpu.getTimestamp())),
                value(cpu.hasUsageCoreNanoSeconds(), cpu.getUsageCoreNanoSeconds()),
                value(cpu.hasUsageNanoCores(), cpu.getUsageNanoCores()),
                value(stats.getMemory().hasWorkingSetBytes(), stats.getMemory().getWorkingSetBytes()),
                value(
                        stats.getWritableLayer().hasUsedBytes(),
                        stats.getWritableLayer().getUsedBytes()),
                sum(network, NetworkInterfaceUsage::hasRxBytes, NetworkInterfaceUsage::getRxBytes),
                sum(network, NetworkInterfaceUsage::hasTxBytes, NetworkInterfaceUsage::getTxBytes));
    }

    private String label(ContainerAttributes who, String label) {
        String own = who.getLabelsOrDefault(label, "");
        Container listed = containers.get(who.getId());
        return own.isEmpty() && listed != null ? listed.getLabelsOrDefault(label, "") : own;
    }

    private Optional<NetworkUsage> network(String containerId) {
        NetworkUsage named = networkByContainer.get(containerId);
        Container listed = containers.get(containerId);
        return Optional.ofNullable(
                named == null && listed != null ? networkBySandbox.get(listed.getPodSandboxId()) : named);
    }

    private static OptionalLong value(boolean present, UInt64Value value) {
        return present ? OptionalLong.of(value.getValue()) : OptionalLong.empty();
    }

    /**
     * The sum over all interfaces. Some runtimes list the default interface a second time, others only apart from the
     * list.
     */
    private static OptionalLong sum(
            Optional<NetworkUsage> network,
            Predicate<NetworkInterfaceUsage> isKnown,
            Function<NetworkInterfaceUsage, UInt64Value> counter) {
        Map<String, NetworkInterfaceUsage> byName = new LinkedHashMap<>();
        network.filter(NetworkUsage::hasDefaultInterface)
                .map(NetworkUsage::getDefaultInterface)
                .ifPresent(each -> byName.put(each.getName(), each));
        network.ifPresent(usage -> usage.getInterfacesList().forEach(each -> byName.put(each.getName(), each)));
        byName.values().removeIf(isKnown.negate());
        return byName.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(byName.values().stream()
                        .mapToLong(each -> counter.apply(each).getValue())
                        .sum());
    }
}
