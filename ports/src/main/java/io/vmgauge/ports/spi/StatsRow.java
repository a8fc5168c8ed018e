package io.vmgauge.ports.spi;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One container in a {@link StatsReport}. What the endpoint did not say is absent, or empty text.
 *
 * @param cpuTime when cpuNanos held
 * @param cpuNanos core nanoseconds, cumulative
 * @param nanoCores the rate that the endpoint itself gives
 * @param receivedBytes of the container's pod, all interfaces
 * @param sentBytes likewise
 */
public record StatsRow(
        String namespace,
        String pod,
        String container,
        String id,
        Optional<Instant> cpuTime,
        OptionalLong cpuNanos,
        OptionalLong nanoCores,
        OptionalLong workingSetBytes,
        OptionalLong diskBytes,
        OptionalLong receivedBytes,
        OptionalLong sentBytes) {}
