package io.vmgauge.adapters.grpc.overlay;

import io.vmgauge.adapters.grpc.counter.PodTotal;
import io.vmgauge.adapters.grpc.cri.ContainerAttributes;
import io.vmgauge.adapters.grpc.cri.ContainerStats;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStats;
import io.vmgauge.adapters.grpc.cri.MemoryUsage;
import io.vmgauge.adapters.grpc.cri.NetworkUsage;
import io.vmgauge.adapters.grpc.labels.KubernetesLabels;
import io.vmgauge.adapters.grpc.mapping.Timestamps;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.usage.Usage;
import java.util.List;

/**
 * The runtime's stats with a VM's numbers in them. Everything else stays: attributes, pressure, and whatever newer
 * versions of the protocol add. The result has the fields that kubelets crash without.
 */
final class Merge {
    private Merge() {}

    static ContainerStats container(ContainerStats base, Usage vm) {
        ContainerStats numbers = UsageMapping.numbers(vm);
        ContainerStats.Builder merged = base.toBuilder();
        if (!base.getAttributes().hasMetadata()) {
            ContainerAttributes.Builder who = merged.getAttributesBuilder();
            who.getMetadataBuilder().setName(who.getLabelsOrDefault(KubernetesLabels.CONTAINER_NAME, ""));
        }
        if (numbers.hasCpu()) {
            PodTotal.replaceCpu(merged.getCpuBuilder(), numbers.getCpu());
        }
        if (numbers.hasMemory()) {
            // Cleared first, like CPU: merging a 0 changes nothing.
            merged.getMemoryBuilder()
                    .clearWorkingSetBytes()
                    .clearUsageBytes()
                    .clearRssBytes()
                    .clearAvailableBytes()
                    .clearPageFaults()
                    .clearMajorPageFaults()
                    .mergeFrom(numbers.getMemory());
        }
        // Only if the runtime counts something: its own fs_id says on which filesystem.
        if (base.hasWritableLayer() && numbers.hasWritableLayer()) {
            merged.getWritableLayerBuilder()
                    .setUsedBytes(UsageMapping.value(
                            base.getWritableLayer().getUsedBytes().getValue()
                                    + numbers.getWritableLayer().getUsedBytes().getValue()));
        }
        return merged.build();
    }

    /**
     * Sets the pod's memory: the runtime's value, less what the runtime said of the containers, plus what is said of
     * them now. It is never less than the containers together, and as old as the VMs' memory. The runtime's other
     * memory fields are cleared: they describe the pod without its VMs. Without a VM's memory nothing changes.
     *
     * @param pod its containers as they are told now
     * @param before the same as the runtime told them
     * @param vms the places of those whose memory is a VM's
     */
    static void memory(LinuxPodSandboxStats.Builder pod, List<ContainerStats> before, List<Integer> vms) {
        if (vms.isEmpty()) {
            return;
        }
        MemoryUsage.Builder memory = pod.getMemoryBuilder();
        PodTotal<MemoryUsage> total =
                new PodTotal<>(memory.build(), ContainerStats::getMemory, before, pod.getContainersList());
        Timestamps.mean(vms, place -> pod.getContainers(place).getMemory().getTimestamp())
                .ifPresent(memory::setTimestamp);
        memory.setWorkingSetBytes(UsageMapping.value(total.of(MemoryUsage::getWorkingSetBytes)))
                .setUsageBytes(UsageMapping.value(total.of(MemoryUsage::getUsageBytes)))
                .setRssBytes(UsageMapping.value(total.of(MemoryUsage::getRssBytes)))
                .clearAvailableBytes()
                .clearPageFaults()
                .clearMajorPageFaults();
    }

    /**
     * Adds a VM's interfaces to those of its pod. The VM's traffic usually goes through the pod's interfaces, so the
     * pod's default interface stays if it has one.
     */
    static void network(LinuxPodSandboxStats.Builder pod, NetworkUsage vm) {
        if (!pod.hasNetwork()) {
            pod.setNetwork(vm);
            return;
        }
        NetworkUsage.Builder network = pod.getNetworkBuilder();
        if (!network.hasDefaultInterface()) {
            network.setDefaultInterface(vm.getDefaultInterface());
        }
        vm.getInterfacesList().stream()
                .filter(one -> network.getInterfacesList().stream()
                        .noneMatch(other -> other.getName().equals(one.getName())))
                .forEach(network::addInterfaces);
    }

    /** A network without a default interface gets its first one, and goes if it has none at all. */
    static void defaultInterface(LinuxPodSandboxStats.Builder pod) {
        if (!pod.hasNetwork() || pod.getNetwork().hasDefaultInterface()) {
            return;
        }
        if (pod.getNetwork().getInterfacesCount() == 0) {
            pod.clearNetwork();
        } else {
            pod.getNetworkBuilder().setDefaultInterface(pod.getNetwork().getInterfaces(0));
        }
    }
}
