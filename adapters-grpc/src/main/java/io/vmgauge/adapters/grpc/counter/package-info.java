/** What was told of each container that is a VM, and how its counters go on, also over restarts. */
package io.vmgauge.adapters.grpc.counter;
