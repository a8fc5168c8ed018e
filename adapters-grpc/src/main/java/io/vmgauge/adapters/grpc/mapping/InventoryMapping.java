package io.vmgauge.adapters.grpc.mapping;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
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
import io.vmgauge.adapters.grpc.cri.RuntimeCondition;
import io.vmgauge.adapters.grpc.cri.RuntimeStatus;
import io.vmgauge.domain.identity.Placement;
import io.vmgauge.domain.identity.VmState;
import io.vmgauge.domain.text.SafeText;
import io.vmgauge.ports.inbound.AgentStatus;
import io.vmgauge.ports.inbound.KnownPod;
import io.vmgauge.ports.inbound.KnownVm;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Domain to CRI, the half that says what there is; {@link UsageMapping} says what it uses. Nothing else in the program
 * knows both.
 *
 * <p>Long because CRI has each thing twice, once for lists and once for a closer look, and wants each field by name.
 */
public final class InventoryMapping {
    private InventoryMapping() {}

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
                .setCreatedAt(nanos(known.firstSeen()))
                .putAllLabels(placement.labels())
                .putAllAnnotations(placement.annotations())
                .build();
    }

    /**
     * Created and started when first seen: that is never too early, and never the 0 that clients refuse. What does not run
     * yet has not been started.
     */
    public static ContainerStatus containerStatus(KnownVm known) {
        Placement placement = known.vm().placement();
        ContainerStatus.Builder status = ContainerStatus.newBuilder()
                .setId(placement.container().value())
                .setMetadata(metadata(placement))
                .setImage(image(placement))
                .setImageRef(placement.image())
                .setImageId(placement.image())
                .setState(containerState(known))
                .setCreatedAt(nanos(known.firstSeen()))
                .putAllLabels(placement.labels())
                .putAllAnnotations(placement.annotations());
        if (known.vm().state() != VmState.STARTING) {
            status.setStartedAt(nanos(known.firstSeen()));
        }
        return reason(known.vm().state(), status).build();
    }

    /** Nothing of a VM that just runs. */
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

    public static PodSandboxStatus sandboxStatus(KnownPod pod) {
        io.vmgauge.domain.identity.PodSandbox sandbox = pod.sandbox();
        return PodSandboxStatus.newBuilder()
                .setId(sandbox.id().value())
                .setMetadata(metadata(sandbox))
                .setState(sandboxState(pod))
                .setCreatedAt(createdAt(pod))
                .setNetwork(PodSandboxNetworkStatus.getDefaultInstance())
                .setLinux(LinuxPodSandboxStatus.getDefaultInstance())
                .putAllLabels(sandbox.labels())
                .putAllAnnotations(sandbox.annotations())
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

    /** A network that is up is claimed always: clients refuse a runtime without the condition, and VMs' is not ours. */
    public static RuntimeStatus conditions(AgentStatus status) {
        RuntimeCondition.Builder runtime = RuntimeCondition.newBuilder()
                .setType("RuntimeReady")
                .setStatus(status.problem().isEmpty());
        status.problem()
                .ifPresent(problem -> runtime.setReason("HypervisorUnavailable").setMessage(SafeText.line(problem)));
        return RuntimeStatus.newBuilder()
                .addConditions(runtime)
                .addConditions(
                        RuntimeCondition.newBuilder().setType("NetworkReady").setStatus(true))
                .build();
    }

    /** For the map of details that clients show as JSON. */
    public static String json(AgentStatus status) {
        JsonArray unresponsive = new JsonArray();
        status.unresponsiveVms().forEach(unresponsive::add);
        JsonObject json = new JsonObject();
        json.addProperty("version", status.version());
        json.addProperty("runningVms", status.runningVms());
        json.add("unresponsiveVms", unresponsive);
        return json.toString();
    }

    /** Likewise, of one VM. */
    public static String json(KnownVm known) {
        JsonObject json = new JsonObject();
        json.addProperty("vm", known.vm().id().value());
        json.addProperty("name", known.vm().name());
        json.addProperty("state", known.vm().state().name().toLowerCase(Locale.ROOT));
        json.addProperty("incarnation", known.vm().incarnation().number());
        return json.toString();
    }

    /** One word for each life of each VM. */
    public static String lifeOf(KnownVm known) {
        return known.vm().id().value() + "/" + known.vm().incarnation().number();
    }

    /** Nanoseconds since 1970, as all of CRI's times; never 0, which clients take for unset. */
    public static long nanos(Instant time) {
        return Math.max(1, ChronoUnit.NANOS.between(Instant.EPOCH, time));
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
                .mapToLong(known -> nanos(known.firstSeen()))
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
