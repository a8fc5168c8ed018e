/** The command line, and the one place that puts everything together. */
package io.vmgauge.app;
