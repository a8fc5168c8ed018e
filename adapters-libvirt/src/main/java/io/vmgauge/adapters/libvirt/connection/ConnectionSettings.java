package io.vmgauge.adapters.libvirt.connection;

import java.time.Duration;

/**
 * How libvirt is reached: a part of the section {@code hypervisor.libvirt} of the configuration.
 *
 * @param uri as libvirt takes it
 * @param keepaliveSeconds between two signs of life that the daemon is asked for
 * @param keepaliveCount how many of them may stay unanswered
 * @param reconnectBackoff the longest pause between two attempts to connect
 */
public record ConnectionSettings(String uri, int keepaliveSeconds, int keepaliveCount, Duration reconnectBackoff) {
    /** Whether the URI names no other host. An alias may stand for any. */
    public boolean isOfThisHost() {
        return uri.contains(":///");
    }

    /** Whether its domains are processes of this host. Those of libvirt's test driver are not: it has none. */
    public boolean isLocal() {
        return uri.matches("qemu(\\+unix)?:///.*");
    }
}
