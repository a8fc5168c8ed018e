/** What Linux tells of a domain's process without libvirtd: CPU time, steal, network devices, files. */
package io.vmgauge.adapters.libvirt.kernel;
