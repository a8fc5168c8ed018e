package io.vmgauge.adapters.grpc.labels;

/** The labels that a kubelet gives to the containers and pods of a runtime. */
public final class KubernetesLabels {
    public static final String POD_NAME = "io.kubernetes.pod.name";
    public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
    public static final String POD_UID = "io.kubernetes.pod.uid";
    public static final String CONTAINER_NAME = "io.kubernetes.container.name";

    private KubernetesLabels() {}
}
