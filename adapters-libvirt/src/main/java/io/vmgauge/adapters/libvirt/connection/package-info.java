/** The way to libvirtd: how it is opened, kept and shared, and what to do when it fails. */
package io.vmgauge.adapters.libvirt.connection;
