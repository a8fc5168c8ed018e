/** Puts adapters and engine together to an agent, and ends it. */
package io.vmgauge.app;
