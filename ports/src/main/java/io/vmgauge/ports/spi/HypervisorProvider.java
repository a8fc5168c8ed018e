package io.vmgauge.ports.spi;

/**
 * The entry to a hypervisor adapter. Provide it as a service in the module descriptor, put the jar on the module path
 * and set {@code hypervisor.name}: nothing else changes. The adapter's settings are those below
 * {@code hypervisor.<name>}.
 */
public interface HypervisorProvider {
    /** What {@code hypervisor.name} must be: a DNS label, unique among all providers. */
    String name();

    /**
     * Sets the adapter up. Nothing is connected yet: a hypervisor that is down is reported by the calls and looked for
     * anew by each of them.
     *
     * @throws SettingsException if a setting makes no sense
     * @throws io.vmgauge.ports.outbound.HypervisorException if something that no waiting will bring is missing, such as
     *     a native library
     */
    Hypervisor open(Settings settings, Host host);
}
