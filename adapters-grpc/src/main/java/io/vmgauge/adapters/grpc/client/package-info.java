/** Reading any CRI socket, for the command line. */
package io.vmgauge.adapters.grpc.client;
