/** Reads what virt-df prints. Pure. */
package io.vmgauge.adapters.virtdf.report;
