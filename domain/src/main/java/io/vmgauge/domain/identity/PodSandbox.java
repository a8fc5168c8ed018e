package io.vmgauge.domain.identity;

import java.util.Map;
import java.util.TreeMap;

/**
 * The pod that a VM belongs to.
 *
 * @param namespace a DNS-1123 name
 * @param name a DNS-1123 name
 * @param uid the pod's uid as the API server knows it
 * @param attempt how often the sandbox was made anew, from 0
 * @param labels the pod's labels; {@link #labels()} always holds the three that the kubelet puts on each sandbox
 * @param annotations the pod's annotations
 */
public record PodSandbox(
        PodSandboxId id,
        String namespace,
        String name,
        String uid,
        int attempt,
        Map<String, String> labels,
        Map<String, String> annotations) {

    public PodSandbox {
        DnsName.require(namespace, "pod namespace");
        DnsName.require(name, "pod name");
        Ids.require(uid, "pod uid");
        if (attempt < 0) {
            throw new IllegalArgumentException("attempt must not be negative");
        }
        Map<String, String> all = new TreeMap<>(labels);
        // Last, so that no tenant's label can pass for one of the kubelet's (kubelet/pkg/types/labels.go).
        all.put("io.kubernetes.pod.name", name);
        all.put("io.kubernetes.pod.namespace", namespace);
        all.put("io.kubernetes.pod.uid", uid);
        all.remove(Placement.CONTAINER_NAME_LABEL);
        labels = Map.copyOf(all);
        annotations = Map.copyOf(annotations);
    }

    /** Whether both are the same pod by name and uid: two claims to one sandbox id must agree in this. */
    public boolean isSamePodAs(PodSandbox other) {
        return namespace.equals(other.namespace) && name.equals(other.name) && uid.equals(other.uid);
    }
}
