/** The unix socket: who may connect, and the limits of connections, bytes and time. */
package io.vmgauge.adapters.grpc.socket;
