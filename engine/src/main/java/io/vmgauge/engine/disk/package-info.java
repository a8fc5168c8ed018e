/** Which source disk usage comes from, and when images are read. */
package io.vmgauge.engine.disk;
