package io.vmgauge.domain.identity;

import java.util.HashMap;
import java.util.Map;

/**
 * Which container of which pod a VM is.
 *
 * @param containerName a DNS-1123 name
 * @param attempt how often the container was made anew, from 0
 * @param image what the container was made from, never empty: a kubelet drops containers without an image
 */
public record Placement(PodSandbox sandbox, ContainerId container, String containerName, int attempt, String image) {
    static final String CONTAINER_NAME_LABEL = "io.kubernetes.container.name";

    public Placement {
        DnsName.require(containerName, "container name");
        if (attempt < 0) {
            throw new IllegalArgumentException("attempt must not be negative");
        }
        if (image.isBlank()) {
            throw new IllegalArgumentException("image must not be blank");
        }
    }

    /** The container's labels: those of its pod, and the kubelet's label that names the container. */
    public Map<String, String> labels() {
        Map<String, String> all = new HashMap<>(sandbox.labels());
        all.put(CONTAINER_NAME_LABEL, containerName);
        return Map.copyOf(all);
    }

    /** The container's annotations: those of its pod. */
    public Map<String, String> annotations() {
        return sandbox.annotations();
    }
}
