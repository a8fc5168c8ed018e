/** A domain's XML: which pod it is, and which devices it has. */
package io.vmgauge.adapters.libvirt.definition;
