/** Runs a program so that nothing of it outlasts its time: its processes, its directories, who may own them. */
package io.vmgauge.adapters.virtdf.run;
