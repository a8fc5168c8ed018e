/** Network devices and their counters. */
package io.vmgauge.linux.network;
