package io.vmgauge.domain.usage;

import io.vmgauge.domain.identity.PodSandbox;
import java.util.List;

/**
 * What one pod uses, and each of its running containers.
 *
 * @param containers at least one
 */
public record SandboxUsage(PodSandbox sandbox, List<ContainerUsage> containers) {
    public SandboxUsage {
        containers = List.copyOf(containers);
        if (containers.isEmpty()) {
            throw new IllegalArgumentException("a pod without running containers uses nothing that can be told");
        }
    }

    /** The containers' usage together. */
    public Usage total() {
        return Usage.total(containers.stream().map(ContainerUsage::usage).toList());
    }
}
