/** What the agent asks of a hypervisor and of the host. */
package io.vmgauge.ports.outbound;
