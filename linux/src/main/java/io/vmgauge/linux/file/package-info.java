/** Files: those that the kernel writes, and where others lie and what they occupy. */
package io.vmgauge.linux.file;
