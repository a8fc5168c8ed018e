/**
 * What the ports promise, as tests. For a hypervisor's adapter implement {@link io.vmgauge.ports.testkit.HypervisorLab}, and
 * let a test class implement each contract. Whoever plays the agent before an endpoint implements
 * {@link io.vmgauge.ports.testkit.UsageQueriesLab}.
 */
package io.vmgauge.ports.testkit;
