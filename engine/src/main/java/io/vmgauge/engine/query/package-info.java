/** Answers from memory to what readers ask. */
package io.vmgauge.engine.query;
