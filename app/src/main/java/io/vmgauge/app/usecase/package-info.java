/** What the agent does: one look at the VMs, and answers from memory. */
package io.vmgauge.app.usecase;
