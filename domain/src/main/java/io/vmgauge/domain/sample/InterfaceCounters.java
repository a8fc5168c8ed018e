package io.vmgauge.domain.sample;

/**
 * What has passed a network interface since it was made, seen from the guest: received is what the guest received.
 *
 * @param name the interface's name on the host
 */
public record InterfaceCounters(
        String name,
        long receivedBytes,
        long receivedPackets,
        long receivedErrors,
        long receivedDrops,
        long sentBytes,
        long sentPackets,
        long sentErrors,
        long sentDrops) {

    boolean continues(InterfaceCounters earlier) {
        return name.equals(earlier.name)
                && receivedBytes >= earlier.receivedBytes
                && receivedPackets >= earlier.receivedPackets
                && receivedErrors >= earlier.receivedErrors
                && receivedDrops >= earlier.receivedDrops
                && sentBytes >= earlier.sentBytes
                && sentPackets >= earlier.sentPackets
                && sentErrors >= earlier.sentErrors
                && sentDrops >= earlier.sentDrops;
    }
}
