/** Which of the runtime's containers is which VM, what was told of it, and the rewriting of the runtime's answers. */
package io.vmgauge.adapters.grpc.overlay;
