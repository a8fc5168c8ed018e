/** The way to the real runtime and back. */
package io.vmgauge.adapters.grpc.relay;
