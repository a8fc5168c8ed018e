package io.vmgauge.ports.inbound;

import io.vmgauge.domain.identity.PodSandbox;
import java.util.List;

/**
 * A pod that the agent knows, running or not.
 *
 * @param sandbox its labels and annotations are those of the VM whose id the pod's uid is, else of the VM that was there
 *     first: whoever joins a pod has no say in them. Every answer about a pod tells these
 * @param containers its containers, at least one, in the order in which they came
 */
public record KnownPod(PodSandbox sandbox, List<KnownVm> containers) {
    public KnownPod {
        containers = List.copyOf(containers);
    }
}
