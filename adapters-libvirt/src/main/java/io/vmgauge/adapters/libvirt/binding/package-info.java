/** The calls of libvirt's C library that libvirt-java lacks, and their errors. */
package io.vmgauge.adapters.libvirt.binding;
