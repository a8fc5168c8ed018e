/** CRI v1 on a unix socket: how it is set up, and what an operator should know before. */
package io.vmgauge.adapters.grpc;
