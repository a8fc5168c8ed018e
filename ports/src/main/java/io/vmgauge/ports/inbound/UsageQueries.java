package io.vmgauge.ports.inbound;

import io.vmgauge.domain.usage.ContainerUsage;
import io.vmgauge.domain.usage.SandboxUsage;
import java.util.List;

/**
 * All that can be asked of the agent. Every answer comes from memory: no call waits for a hypervisor, a disk or another
 * caller, and any number of threads may call at once.
 *
 * <p>The four usage questions take the windows they answer from (see {@link io.vmgauge.domain.usage.SampleWindow}) and
 * wake a round of the cheap metrics for the next reader. Only running containers have a usage; a metric that is not
 * known is absent in it. The other questions take nothing and wake nothing.
 *
 * <p>An id may be shortened to any prefix that fits one known id only; an id that fits whole wins over longer ones.
 */
public interface UsageQueries {
    /** The usage of one container, without network, which belongs to its pod. */
    Lookup<ContainerUsage> container(String id);

    /** The usage of the running containers in the selection, without network, in a stable order. */
    List<ContainerUsage> containers(Selection selection);

    /** The usage of one pod that has a running container. */
    Lookup<SandboxUsage> sandbox(String id);

    /**
     * The usage of the pods in the selection that have a running container, in a stable order. The container's id in the
     * selection is ignored.
     */
    List<SandboxUsage> sandboxes(Selection selection);

    /** One container, running or not. */
    Lookup<KnownVm> findContainer(String id);

    /** One pod with all of its containers, running or not. */
    Lookup<KnownPod> findSandbox(String id);

    /** The containers in the selection, running or not, in a stable order. */
    List<KnownVm> inventory(Selection selection);

    /**
     * The pods in the selection, each with all of its containers, running or not, in a stable order. The container's id in
     * the selection is ignored.
     */
    List<KnownPod> pods(Selection selection);

    /** How the agent itself is doing. */
    AgentStatus status();
}
