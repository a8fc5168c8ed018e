package io.vmgauge.ports.inbound;

import java.util.Map;

/**
 * Which containers or pods are wanted: those to which all three parts apply.
 *
 * @param containerId a container's id or unique prefix; empty: any. A prefix of several ids selects nothing
 * @param sandboxId likewise a pod sandbox's
 * @param labels each must be there with just this value: on the container when containers are selected, on the pod when
 *     pods are
 */
public record Selection(String containerId, String sandboxId, Map<String, String> labels) {
    /** Everything. */
    public static final Selection ALL = new Selection("", "", Map.of());

    public Selection {
        labels = Map.copyOf(labels);
    }
}
