/** One libvirt domain: its handle, its state, and the statistics that libvirt has of it. */
package io.vmgauge.adapters.libvirt.domain;
