package io.vmgauge.domain.sample;

/**
 * What has passed a network interface since it was made, seen from the guest: received is what the guest received.
 *
 * @param name the interface's name on the host
 */
public record InterfaceCounters(String name, Traffic received, Traffic sent) {
    boolean continues(InterfaceCounters earlier) {
        return name.equals(earlier.name) && received.continues(earlier.received) && sent.continues(earlier.sent);
    }
}
