/** The labels by which Kubernetes says whose a container is. */
package io.vmgauge.adapters.grpc.labels;
