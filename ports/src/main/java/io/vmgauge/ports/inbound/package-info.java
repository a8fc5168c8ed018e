/** What readers may ask the agent. */
package io.vmgauge.ports.inbound;
