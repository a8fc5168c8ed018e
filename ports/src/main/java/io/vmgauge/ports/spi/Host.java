package io.vmgauge.ports.spi;

import io.vmgauge.ports.outbound.TimeSource;
import java.util.concurrent.ThreadFactory;

/**
 * What an adapter gets from the agent around it.
 *
 * @param time the only clock to use
 * @param threads the only way to start threads: daemons, named, counted
 */
public record Host(TimeSource time, ThreadFactory threads) {}
