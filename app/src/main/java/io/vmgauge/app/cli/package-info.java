/** The command line: the commands, and what they print. */
package io.vmgauge.app.cli;
