/** Which images are a VM's own, and what they occupy on the host. */
package io.vmgauge.adapters.libvirt.disk;
