/** What the agent needs otherwise of Java's logging. Java makes it by its name. */
package io.vmgauge.app.logging;
