package io.vmgauge.adapters.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vmgauge.adapters.grpc.cri.NetworkInterfaceUsage;
import io.vmgauge.adapters.grpc.mapping.Metrics;
import io.vmgauge.adapters.grpc.mapping.UsageMapping;
import io.vmgauge.domain.sample.InterfaceCounters;
import io.vmgauge.domain.sample.Traffic;
import io.vmgauge.domain.usage.NetworkUsage;
import io.vmgauge.domain.usage.Usage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** An interface whose errors and drops nobody counts, such as one of vhost-user. */
class UnknownCountersTest {
    private static final Instant AT = Instant.parse("2026-11-28T00:00:00Z");
    private static final Usage USAGE = new Usage(
            Optional.empty(),
            Optional.empty(),
            Optional.of(new NetworkUsage(AT, List.of(new InterfaceCounters("vhu0", traffic(100), traffic(200))))),
            Optional.empty());

    @Test
    void statsDoNotHaveThem() {
        NetworkInterfaceUsage told = UsageMapping.network(USAGE).orElseThrow().getDefaultInterface();
        assertEquals(100, told.getRxBytes().getValue());
        assertEquals(200, told.getTxBytes().getValue());
        assertFalse(told.hasRxErrors(), "errors received: " + told.getRxErrors().getValue());
        assertFalse(told.hasTxErrors(), "errors sent: " + told.getTxErrors().getValue());
    }

    @Test
    void metricsDoNotHaveThem() {
        List<String> told = Metrics.OF_PODS.stream()
                .flatMap(family -> family.of(USAGE).map(point -> family.name() + " " + point.value()))
                .toList();
        assertEquals(
                List.of(
                        "container_network_receive_bytes_total 100",
                        "container_network_receive_packets_total 7",
                        "container_network_transmit_bytes_total 200",
                        "container_network_transmit_packets_total 7"),
                told);
    }

    private static Traffic traffic(long bytes) {
        return new Traffic(bytes, OptionalLong.of(7), OptionalLong.empty(), OptionalLong.empty());
    }
}
