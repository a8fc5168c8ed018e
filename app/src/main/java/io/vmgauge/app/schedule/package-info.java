/** When it is done and on which threads: all threads of the agent begin here. */
package io.vmgauge.app.schedule;
