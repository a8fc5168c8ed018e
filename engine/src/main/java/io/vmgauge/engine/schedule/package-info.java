/** What is measured when, on which threads, with which deadline. All threads of the agent are made here. */
package io.vmgauge.engine.schedule;
