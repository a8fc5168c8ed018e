/** The engine put together: who is made of what, and in which order things begin and end. */
package io.vmgauge.engine;
