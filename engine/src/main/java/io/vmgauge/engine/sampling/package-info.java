/** One round of sampling: which VMs there are, the windows of each, and what keeps from measuring. */
package io.vmgauge.engine.sampling;
