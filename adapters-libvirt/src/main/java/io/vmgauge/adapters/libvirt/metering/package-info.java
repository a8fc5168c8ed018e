/** Samples of domains: in bulk and without QEMU, or of one domain with its QEMU. */
package io.vmgauge.adapters.libvirt.metering;
