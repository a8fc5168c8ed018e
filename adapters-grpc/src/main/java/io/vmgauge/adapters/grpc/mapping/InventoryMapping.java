package io.vmgauge.adapters.grpc.mapping;

import io.vmgauge.adapters.grpc.cri.Container;
import io.vmgauge.adapters.grpc.cri.ContainerMetadata;
import io.vmgauge.adapters.grpc.cri.ContainerState;
import io.vmgauge.adapters.grpc.cri.ContainerStatus;
import io.vmgauge.adapters.grpc.cri.ImageSpec;
import io.vmgauge.adapters.grpc.cri.LinuxPodSandboxStatus;
import io.vmgauge.adapters.grpc.cri.PodSandbox;
import io.vmgauge.adapters.grpc.cri.PodSandboxMetadata;
import io.vmgauge.adapters.grpc.cri.PodSandboxNetworkStatus;
import io.vmgauge.adapters.grpc.cri.PodSandboxState;
import io.vmgauge.adapters.grpc.cri.PodSandboxStatus;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;

/**
 * Domain to CRI: which containers and pods there are. {@link UsageMapping} says what they use. CRI has each of them
 * twice, as an entry of a list and as a status; the status repeats the entry.
 */
public final class InventoryMapping {
    private InventoryMapping() {}

    /** The entry of a container in a list. */
    public static Container container(KnownVm known) {
        Placement placement = known.vm().placement();
        return Container.newBuilder()
                .setId(placement.container().value())
                .setPodSandboxId(placement.sandbox().id().value())
                .setMetadata(metadata(placement))
                .setImage(image(placement))
                .setImageRef(placement.image())
                .setImageId(placement.image())
                .setState(containerState(known))
                .setCreatedAt(Timestamps.nanos(known.startedAt()))
                .putAllLabels(placement.labels())
                .putAllAnnotations(placement.annotations())
                .build();
    }

    /**
     * The status of a container. It was created and started when its VM's life began, or was first seen: never at the 0
     * that clients refuse. A VM that does not run yet has not been started.
     */
    public static ContainerStatus containerStatus(KnownVm known) {
        Container listed = container(known);
        ContainerStatus.Builder status = ContainerStatus.newBuilder()
                .setId(listed.getId())
                .setMetadata(listed.getMetadata())
                .setImage(listed.getImage())
                .setImageRef(listed.getImageRef())
                .setImageId(listed.getImageId())
                .setState(listed.getState())
                .setCreatedAt(listed.getCreatedAt())
                .putAllLabels(listed.getLabelsMap())
                .putAllAnnotations(listed.getAnnotationsMap());
        if (known.vm().state() != VmState.STARTING) {
            status.setStartedAt(listed.getCreatedAt());
        }
        return reason(known.vm().state(), status).build();
    }

    /** Says why the VM does not just run. */
    private static ContainerStatus.Builder reason(VmState state, ContainerStatus.Builder status) {
        return switch (state) {
            case RUNNING -> status;
            case PAUSED -> status.setReason("Paused").setMessage("the VM is paused");
            case STARTING ->
                status.setReason("Starting")
                        .setMessage("the VM does not run here yet: it starts up, or comes in by a live migration");
            case STOPPED -> status.setReason("Stopped").setMessage("the VM is defined but does not run");
        };
    }

    /** The entry of a pod in a list. */
    public static PodSandbox sandbox(KnownPod pod) {
        io.vmgauge.domain.identity.PodSandbox sandbox = pod.sandbox();
        return PodSandbox.newBuilder()
                .setId(sandbox.id().value())
                .setMetadata(metadata(sandbox))
                .setState(sandboxState(pod))
                .setCreatedAt(createdAt(pod))
                .putAllLabels(sandbox.labels())
                .putAllAnnotations(sandbox.annotations())
                .build();
    }

    /** The status of a pod. */
    public static PodSandboxStatus sandboxStatus(KnownPod pod) {
        PodSandbox listed = sandbox(pod);
        return PodSandboxStatus.newBuilder()
                .setId(listed.getId())
                .setMetadata(listed.getMetadata())
                .setState(listed.getState())
                .setCreatedAt(listed.getCreatedAt())
                .setNetwork(PodSandboxNetworkStatus.getDefaultInstance())
                .setLinux(LinuxPodSandboxStatus.getDefaultInstance())
                .putAllLabels(listed.getLabelsMap())
                .putAllAnnotations(listed.getAnnotationsMap())
                .build();
    }

    static ContainerMetadata metadata(Placement placement) {
        return ContainerMetadata.newBuilder()
                .setName(placement.containerName())
                .setAttempt(placement.attempt())
                .build();
    }

    static PodSandboxMetadata metadata(io.vmgauge.domain.identity.PodSandbox sandbox) {
        return PodSandboxMetadata.newBuilder()
                .setName(sandbox.name())
                .setUid(sandbox.uid())
                .setNamespace(sandbox.namespace())
                .setAttempt(sandbox.attempt())
                .build();
    }

    /** A word that differs for each life of each VM. */
    public static String lifeOf(KnownVm known) {
        return known.vm().id().value() + "/" + known.vm().incarnation().number();
    }

    private static ContainerState containerState(KnownVm known) {
        return switch (known.vm().state()) {
            case RUNNING, PAUSED -> ContainerState.CONTAINER_RUNNING;
            case STARTING -> ContainerState.CONTAINER_CREATED;
            case STOPPED -> ContainerState.CONTAINER_EXITED;
        };
    }

    private static PodSandboxState sandboxState(KnownPod pod) {
        return pod.containers().stream().anyMatch(known -> known.vm().state().isMeasured())
                ? PodSandboxState.SANDBOX_READY
                : PodSandboxState.SANDBOX_NOTREADY;
    }

    private static long createdAt(KnownPod pod) {
        return pod.containers().stream()
                .mapToLong(known -> Timestamps.nanos(known.startedAt()))
                .min()
                .orElseThrow();
    }

    private static ImageSpec image(Placement placement) {
        return ImageSpec.newBuilder()
                .setImage(placement.image())
                .setUserSpecifiedImage(placement.image())
                .build();
    }
}
