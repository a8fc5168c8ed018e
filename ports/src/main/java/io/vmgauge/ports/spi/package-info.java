/** How adapters are found, set up and closed. */
package io.vmgauge.ports.spi;
