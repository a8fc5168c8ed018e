/** Control groups of both versions. */
package io.vmgauge.linux.cgroup;
