/**
 * virt-df in three layers: running it so that nothing of it outlasts its time ({@code ProcessRun}, {@code ProcessTable},
 * {@code Workspace}), pure readers of what it prints ({@code Csv}, {@code Report}), and the port on top
 * ({@code VirtDfMeter}).
 */
package io.vmgauge.adapters.virtdf;
