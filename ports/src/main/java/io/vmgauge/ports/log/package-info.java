/** When a line of the log is worth being written. */
package io.vmgauge.ports.log;
