/**
 * What a hypervisor adapter has to keep, as tests: implement {@link io.vmgauge.ports.testkit.HypervisorLab} for the
 * adapter's hypervisor, and let a test class implement each contract.
 */
package io.vmgauge.ports.testkit;
