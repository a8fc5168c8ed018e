/** Processes and threads, as /proc tells of them. */
package io.vmgauge.linux.process;
