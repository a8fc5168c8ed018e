/** Windows of samples, the rules that aggregate them, and the answers they make. */
package io.vmgauge.domain.usage;
