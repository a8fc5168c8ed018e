/**
 * libvirt in three layers: connections and their calls ({@code Connection}, {@code DomainHandle}, {@code Virt}), pure
 * readers of what the calls bring ({@code DomainStats}, {@code MemoryReading}, {@code DefinitionReader} and the
 * placement resolvers), and the ports on top ({@code LibvirtCatalog}, {@code LibvirtMeter}).
 */
package io.vmgauge.adapters.libvirt;
