/** What the operator may choose, read and refused in the words of the configuration file. */
package io.vmgauge.app.config;
