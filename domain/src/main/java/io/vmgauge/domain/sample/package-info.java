/** What was measured and when: one record per metric. */
package io.vmgauge.domain.sample;
