/** Text from outside that is shown to people. */
package io.vmgauge.domain.text;
