/** The port: which images are read when, by which appliance ({@code VirtDfMeter}, {@code Appliance}). */
package io.vmgauge.adapters.virtdf;
