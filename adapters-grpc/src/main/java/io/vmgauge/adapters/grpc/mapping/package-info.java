/** The domain as CRI tells it: inventory, usage, metrics. */
package io.vmgauge.adapters.grpc.mapping;
