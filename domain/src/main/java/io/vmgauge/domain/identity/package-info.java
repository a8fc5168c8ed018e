/** Which virtual machine is which container of which pod. */
package io.vmgauge.domain.identity;
